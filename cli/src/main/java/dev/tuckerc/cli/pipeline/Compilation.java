package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelInterfaces;
import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.memory.MemoryPlan;
import java.nio.file.Path;
import java.util.SequencedMap;

/// What became of a model.
///
/// @param imported the model as it was read
/// @param decomposed the graph after decomposition, in the model's own precision: the oracle for
///   what the bundle computes
/// @param optimized the graph that code was generated from
/// @param context remarks and reports of the passes
/// @param seconds time of each stage
/// @param known what was known of the model before, and is kept for its next compilation
public record Compilation(
    ImportedModel imported,
    Graph decomposed,
    Graph optimized,
    PassContext context,
    MemoryPlan memory,
    Program program,
    Bundle bundle,
    SequencedMap<String, Double> seconds,
    PredictionCache known) {

  /// Writes the bundle.
  ///
  /// @throws dev.tuckerc.bundle.BundleException when its parts contradict each other or it cannot
  ///   be written
  public void write(Path target) {
    String model = bundle.manifest().sourceHash();
    KernelInterfaces interfaces = known.interfaces(model);
    BundleWriter.write(bundle, target, interfaces);
    known.keep(model, interfaces);
  }
}
