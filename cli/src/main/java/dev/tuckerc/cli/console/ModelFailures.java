package dev.tuckerc.cli.console;

import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.data.DataException;
import dev.tuckerc.execute.SessionException;
import dev.tuckerc.ir.text.IrParseException;
import dev.tuckerc.onnx.importer.UnsupportedModelException;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.training.checkpoint.CheckpointException;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.model.UntrainableModelException;
import dev.tuckerc.transform.ranks.RankPolicyException;
import java.util.Optional;

/// Exceptions of the importer, the code generator and sessions as a user sees them.
final class ModelFailures {
  private ModelFailures() {}

  static Optional<Failure> of(Throwable thrown) {
    return switch (thrown) {
      case OnnxException e -> Optional.of(Failure.coded(exit(e.code()), e.code().name(), e));
      case UnsupportedModelException e ->
          Optional.of(Failure.coded(ExitCode.UNSUPPORTED, "ONNX100", e));
      case CodegenException e -> Optional.of(Failure.coded(ExitCode.UNSUPPORTED, "GEN001", e));
      case IrParseException e -> Optional.of(Failure.coded(ExitCode.USAGE, "IR002", e));
      case RankPolicyException e -> Optional.of(Failure.coded(ExitCode.USAGE, "CLI008", e));
      case UntrainableModelException e ->
          Optional.of(Failure.coded(ExitCode.UNSUPPORTED, "TRN001", e));
      case TrainingException e -> Optional.of(Failure.coded(ExitCode.USAGE, "TRN002", e));
      case CheckpointException e -> Optional.of(Failure.coded(ExitCode.USAGE, "TRN003", e));
      case DataException e -> Optional.of(Failure.coded(ExitCode.USAGE, "CLI013", e));
      case SessionException e -> Optional.of(Failure.coded(ExitCode.USAGE, "RUN001", e));
      default -> Optional.empty();
    };
  }

  /// A file that cannot be used is the user's to repair; a model that can be read but not compiled
  /// is unsupported.
  private static int exit(OnnxException.Code code) {
    return switch (code) {
      case ONNX001, ONNX002, ONNX003, ONNX004, ONNX005, ONNX006, ONNX012, ONNX016 -> ExitCode.USAGE;
      case ONNX007, ONNX008, ONNX009, ONNX010, ONNX011, ONNX013, ONNX014, ONNX015 ->
          ExitCode.UNSUPPORTED;
    };
  }
}
