package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.memory.MemoryPlan;
import java.util.SequencedMap;

/// What became of a model.
///
/// @param imported the model as it was read
/// @param decomposed the graph after decomposition, in the model's own precision: the oracle for
///   what the bundle computes
/// @param optimized the graph that code was generated from
/// @param context remarks and reports of the passes
/// @param seconds time of each stage
public record Compilation(
    ImportedModel imported,
    Graph decomposed,
    Graph optimized,
    PassContext context,
    MemoryPlan memory,
    Program program,
    Bundle bundle,
    SequencedMap<String, Double> seconds) {}
