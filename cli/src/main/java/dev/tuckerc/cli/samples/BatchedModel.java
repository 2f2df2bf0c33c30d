package dev.tuckerc.cli.samples;

import dev.tuckerc.cli.tensors.InputValues.Wanted;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.model.OnnxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model imported at a batch that suits this machine, or at its own where that is fixed.
///
/// @param imported its extents are all known
/// @param batch first extent of its inputs
public record BatchedModel(ImportedModel imported, int batch) {
  /// Numbers of a batch's inputs together; beyond, batches only cost memory.
  private static final long NUMBERS = 1 << 21;

  private static final long LARGEST_BATCH = 64;

  /// Imports a model.
  ///
  /// @param bindings shapes that were asked for; their first extent is replaced where it is open
  public static BatchedModel read(Path model, ShapeBindings bindings) {
    ImportedModel single = OnnxImporter.readModel(model, bindings.withUnboundAsOne());
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    long numbers = 1;
    for (Wanted input : inputs(single.graph())) {
      numbers = Math.max(numbers, input.shape().stream().skip(1).reduce(1L, (a, b) -> a * b));
      shapes.put(input.name(), input.shape());
    }
    long batch = Math.clamp(NUMBERS / numbers, 1, LARGEST_BATCH);
    Map<String, List<Long>> batched = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> {
      List<Long> larger = new ArrayList<>(shape);
      if (!larger.isEmpty()) {
        larger.set(0, batch);
      }
      batched.put(name, larger);
    });
    try {
      ImportedModel imported =
          OnnxImporter.readModel(
              model, new ShapeBindings(batched, bindings.unboundAsOne(), bindings.values()));
      return new BatchedModel(imported, (int) batch);
    } catch (OnnxException e) {
      if (e.code() != OnnxException.Code.ONNX012) {
        throw e;
      }
      // The batch is fixed.
      return new BatchedModel(single, batchOf(single.graph()));
    }
  }

  private static int batchOf(Graph graph) {
    return graph.inputs().stream()
        .filter(input -> input.shape().rank() > 0)
        .mapToInt(input -> Math.toIntExact(input.shape().extent(0)))
        .findFirst()
        .orElse(1);
  }

  /// What a graph of known extents takes.
  public static List<Wanted> inputs(Graph graph) {
    return graph.inputs().stream()
        .map(input -> new Wanted(input.name(), input.type().elementType(), input.shape().extents()))
        .toList();
  }
}
