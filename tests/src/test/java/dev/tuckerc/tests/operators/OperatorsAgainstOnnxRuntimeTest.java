package dev.tuckerc.tests.operators;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.importer.UnsupportedModelException;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.onnx.OnnxRuntimeOracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random instances of every operator compute the same here as in ONNX Runtime, which shares
/// nothing with the importer.
///
/// The number of instances is the system property `tuckerc.operators.instances`, the first seed
/// `tuckerc.operators.seed`. An instance that ONNX Runtime has no kernel for counts for nothing;
/// each kind must have some that it has.
final class OperatorsAgainstOnnxRuntimeTest {
  private static final int INSTANCES = Integer.getInteger("tuckerc.operators.instances", 1200);
  private static final long SEED = Long.getLong("tuckerc.operators.seed", 1);

  @TempDir Path folder;

  /// Of one kind: compared, refused by ONNX Runtime, refused here.
  private static final class Count {
    int compared;
    int noOracle;
    int unsupported;
  }

  private static List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    ElementwiseKinds.addTo(kinds);
    ReductionKinds.addTo(kinds);
    MovementKinds.addTo(kinds);
    WindowKinds.addTo(kinds);
    MatrixKinds.addTo(kinds);
    LayerKinds.addTo(kinds);
    return kinds;
  }

  @Test
  void everyOperatorComputesWhatOnnxRuntimeComputes() throws IOException {
    List<Kind> kinds = kinds();
    Map<String, Count> counts = new TreeMap<>();
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) {
      Kind kind = kinds.get(i % kinds.size());
      long seed = SEED + i;
      Count count = counts.computeIfAbsent(kind.name(), _ -> new Count());
      compare(kind, seed, count, differences);
    }
    counts.forEach((name, count) ->
        System.out.printf(
            "%-28s %5d compared, %4d without a kernel in ONNX Runtime, %4d unsupported here%n",
            name, count.compared, count.noOracle, count.unsupported));
    assertThat(differences).isEmpty();
    assertThat(counts)
        .allSatisfy((name, count) -> {
          assertThat(count.compared).as(name).isPositive();
          assertThat(count.unsupported).as(name).isZero();
        });
  }

  private void compare(Kind kind, long seed, Count count, List<String> differences)
      throws IOException {
    OperatorInstance instance = kind.instances().apply(new Draw(seed));
    Path model = folder.resolve("model.onnx");
    Files.write(model, instance.model().toByteArray());
    Map<String, Tensor> expected;
    try {
      expected = OnnxRuntimeOracle.run(model, instance.inputs());
    } catch (OrtException e) {
      count.noOracle++;
      return;
    }
    String what = "seed " + seed + ": " + instance;
    Map<String, Tensor> actual = new HashMap<>();
    try {
      Map<String, List<Long>> shapes = new HashMap<>();
      instance.inputs().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
      Graph graph = OnnxImporter.read(model, ShapeBindings.of(shapes));
      actual.putAll(Interpreter.run(graph, instance.inputs()));
    } catch (UnsupportedModelException e) {
      count.unsupported++;
      return;
    } catch (RuntimeException e) {
      differences.add(what + ": " + e);
      return;
    }
    count.compared++;
    expected.forEach((name, tensor) -> {
      String difference = difference(actual.get(name), tensor, instance.tolerance());
      if (!difference.isEmpty()) {
        differences.add(what + " output " + name + ": " + difference);
      }
    });
  }

  /// How a result differs; empty when it does not. Quantised results may be off by one, where a
  /// value lies between two.
  private static String difference(Tensor actual, Tensor expected, double factor) {
    if (actual.type() != expected.type() || !actual.shape().equals(expected.shape())) {
      return actual.type() + "" + actual.shape() + ", not " + expected.type() + expected.shape();
    }
    double range = 0;
    for (int i = 0; i < expected.size(); i++) {
      double value = Math.abs(expected.getDouble(i));
      range = Double.isFinite(value) ? Math.max(range, value) : range;
    }
    boolean quantised = expected.type().bytes() == 1;
    for (int i = 0; i < expected.size(); i++) {
      double a = actual.getDouble(i);
      double e = expected.getDouble(i);
      double allowed =
          expected.type().isFloat()
              ? factor * (2e-5 * Math.abs(e) + 1e-5 * range)
              : quantised ? 1 : 0;
      boolean same = a == e || Double.isNaN(a) && Double.isNaN(e);
      if (!same && !(Math.abs(a - e) <= allowed)) {
        return "element " + i + " is " + a + ", not " + e;
      }
    }
    return "";
  }
}
