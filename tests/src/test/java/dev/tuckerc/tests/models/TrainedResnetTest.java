package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.data.DataSource;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.data.Split;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.interpret.Observer;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.SharedData;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The trained ResNet-20 keeps its accuracy on CIFAR-10 through import, and its answers through
/// generated kernels.
class TrainedResnetTest {
  private static final int BATCH = 500;

  /// Of the 10,000 test images, on which the network is published with 91.73 %.
  private static final int JUDGED = 2000;

  @Test
  void keepsItsAccuracy() {
    Path model = SharedData.require("models/resnet20_cifar10/model.onnx");
    Dataset data = testSet();
    Tensor published = OnnxTensors.read(model.resolveSibling("test_data_set_0/input_0.pb"));
    assertThat(data.samples(0, 8).toFloats()).containsExactly(published.toFloats(), within(1e-5f));
    Graph graph = OnnxImporter.read(model, bindings(BATCH));
    int right = 0;
    for (int first = 0; first < JUDGED; first += BATCH) {
      int[] classes =
          classes(
              Interpreter.run(
                      graph,
                      Map.of("input", data.samples(first, BATCH)),
                      Accumulation.FAST,
                      Observer.NONE)
                  .get("logits"));
      for (int i = 0; i < BATCH; i++) {
        right += classes[i] == data.label(first + i).orElseThrow() ? 1 : 0;
      }
    }
    assertThat(right / (double) JUDGED).isEqualTo(0.9165, within(0.001));
  }

  @Test
  void givesTheSameClassesOnTheEmulator() {
    Path model = SharedData.require("models/resnet20_cifar10/model.onnx");
    int count = 100;
    Tensor images = testSet().samples(0, count);
    CompileRequest request =
        new CompileRequest(
            model,
            bindings(count),
            DeviceDescription.shipped("h200"),
            "h200",
            dev.tuckerc.transform.Precision.FP32,
            Ranks.NONE,
            true,
            Optional.empty(),
            true);
    var compilation =
        CompilePipeline.compile(request, CachedKernelCompiler.standard(), Progress.silent());
    try (DeviceExecutor executor =
        DeviceExecutor.open(compilation.bundle(), "emulator", SessionOptions.standard())) {
      Tensor actual = executor.run(Map.of("input", images)).get("logits");
      Tensor expected =
          Interpreter.run(compilation.decomposed(), Map.of("input", images)).get("logits");
      assertThat(classes(actual)).isEqualTo(classes(expected));
    }
  }

  /// The test set, normalised as the trained ResNets expect.
  private static Dataset testSet() {
    return DataSource.parse("cifar10:" + SharedData.require("datasets/cifar10"))
        .read(Split.TEST, Integer.MAX_VALUE, Optional.empty(), Optional.empty());
  }

  private static ShapeBindings bindings(int count) {
    return ShapeBindings.NONE.with("input", count, 3, 32, 32);
  }

  private static int[] classes(Tensor logits) {
    float[] values = logits.toFloats();
    int[] classes = new int[values.length / 10];
    for (int i = 0; i < classes.length; i++) {
      for (int k = 1; k < 10; k++) {
        if (values[i * 10 + k] > values[i * 10 + classes[i]]) {
          classes[i] = k;
        }
      }
    }
    return classes;
  }
}
