package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.model.ModelFiles;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads ONNX models: standard operators of opsets 6 to 28, IR versions 1 and later, models up to 2
/// GB with further data in external files.
public final class OnnxImporter {
  private static final Logger log = LoggerFactory.getLogger(OnnxImporter.class);

  private OnnxImporter() {}

  /// Reads a model as a graph of the tensor IR.
  ///
  /// @throws OnnxException when the file, the model or a binding is invalid
  /// @throws UnsupportedModelException when the model is valid but uses operators that cannot be
  ///   imported; it lists all of them
  public static Graph read(Path file, ShapeBindings bindings) {
    ImportedModel model = readModel(file, bindings);
    model.notes().forEach(note -> log.info("{}: {}", file, note));
    return model.graph();
  }

  /// Reads a model, with what the import assumed. Fails like [#read].
  public static ImportedModel readModel(Path file, ShapeBindings bindings) {
    ModelProto model = ModelFiles.readModel(file);
    return new ModelImport(file, model, bindings).run();
  }
}
