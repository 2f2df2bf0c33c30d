package dev.tuckerc.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.interpret.Observer;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.importer.SharedData;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.memory.MemoryPlan;
import dev.tuckerc.transform.memory.MemoryPlanner;
import dev.tuckerc.transform.testing.Equivalence;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The standard pipeline on whole models: same results, the kernels one expects, a tight arena.
class ModelsTest {
  @ParameterizedTest
  @CsvSource({
    "mnist_8,                 2, 0",
    "resnet20_cifar10_static, 19, 0",
    "resnet8_cifar10_mlperf,  9, 0",
    "squeezenet1.1_fp32,      26, 0",
    "mobilenetv1_0.5_160,     28, 0",
    "ultraface_RFB-320,       52, 5"
  })
  void keepsResultsAndFusesPointwiseWork(String model, int convolutions, int pointwise) {
    Path file = SharedData.folder("models").resolve(model).resolve("model.onnx");
    assumeTrue(Files.exists(file), file + " is not there");
    Graph before = OnnxImporter.read(file, ShapeBindings.NONE.withUnboundAsOne());
    Map<String, Tensor> inputs = Equivalence.randomInputs(before, 3);
    Map<String, Tensor> expected = run(before, inputs);

    for (Precision precision : Precision.values()) {
      Graph after =
          Pipeline.standard(List.of())
              .withCheck(Verifier::verify)
              .run(before, PassContext.of(precision));

      double tolerance = precision == Precision.FP32 ? 1e-5 : 1e-2;
      run(after, inputs)
          .forEach((name, t) -> Equivalence.assertClose(name, expected.get(name), t, tolerance));
      assertThat(count(after, "conv")).isEqualTo(convolutions);
      assertThat(count(after, "batch_norm")).isZero();
      MemoryPlan plan = MemoryPlanner.plan(after);
      assertThat(plan.arenaBytes()).isBetween(plan.lowerBound(), plan.lowerBound() * 5 / 4);
      if (precision == Precision.FP32) {
        assertThat(count(after, "pointwise")).isEqualTo(pointwise);
      }
    }
  }

  private static Map<String, Tensor> run(Graph graph, Map<String, Tensor> inputs) {
    return Interpreter.run(
        graph, inputs, dev.tuckerc.ir.interpret.Accumulation.FAST, Observer.NONE);
  }

  private static long count(Graph graph, String operation) {
    return graph.nodes().stream().filter(node -> node.op().name().equals(operation)).count();
  }
}
