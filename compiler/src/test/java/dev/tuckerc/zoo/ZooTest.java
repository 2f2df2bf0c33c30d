package dev.tuckerc.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.interpret.Observer;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ZooTest {
  /// Parameters and GMAC of the ImageNet models: the `num_params` and `_ops` of torchvision's
  /// weight tables (a multiply-accumulate counted once). ResNet-20: 0.27 M parameters and 41 M
  /// multiply-accumulates by the table of akamaster/pytorch_resnet_cifar10; the exact counts are
  /// those of its published definition with parameter-free shortcuts.
  @ParameterizedTest
  @CsvSource({
    "resnet18, 11689512, 1.814", "resnet50, 25557032, 4.089", "vgg16_bn, 138365992, 15.47",
    "densenet121, 7978856, 2.834", "densenet201, 20013928, 4.291", "mobilenetv2, 3504872, 0.301",
    "squeezenet1.1, 1235496, 0.349", "resnet20, 269722, 0.0406"
  })
  void countsAreThePublishedOnes(String name, long parameters, double gigaMacs) {
    Graph graph = Zoo.find(name).orElseThrow().build(1, Dim.of(1));
    assertThat(parameters(graph)).isEqualTo(parameters);
    assertThat(multiplyAccumulates(graph) / 1e9).isCloseTo(gigaMacs, within(gigaMacs * 0.004));
  }

  @ParameterizedTest
  @EnumSource(
      value = Zoo.class,
      names = {"RESNET18", "MOBILENETV2", "SQUEEZENET", "RESNET20"})
  void activationsNeitherFadeNorOverflow(Zoo network) {
    Graph graph = network.build(3, Dim.of(1));
    int size = network.size();
    Tensor input = Tensor.zeros(DataType.F32, List.of(1L, 3L, (long) size, (long) size));
    Random random = new Random(5);
    for (int i = 0; i < input.size(); i++) {
      input.setDouble(i, random.nextGaussian());
    }
    Observer observer =
        (node, result) -> {
          if (!(node.op() instanceof Constant)) {
            assertThat(rootMeanSquare(result)).as(node.location().name()).isBetween(0.1, 10.0);
          }
        };
    Tensor logits =
        Interpreter.run(graph, Map.of("input", input), Accumulation.FAST, observer).get("logits");
    assertThat(logits.shape()).containsExactly(1L, network == Zoo.RESNET20 ? 10L : 1000L);
  }

  @Test
  void layersAreNamedAsInTorchvision() {
    Set<String> names = new HashSet<>();
    for (Node node : Zoo.RESNET18.build(1, Dim.of(1)).nodes()) {
      names.add(node.location().name());
    }
    assertThat(names)
        .contains("conv1", "layer1.0.conv1", "layer2.0.downsample.0", "layer4.1.bn2", "fc");
  }

  @Test
  void modelsAreWrittenForAnyBatchAndReadBack(@TempDir Path folder) throws IOException {
    for (Zoo network : List.of(Zoo.RESNET20, Zoo.MOBILENETV2, Zoo.SQUEEZENET)) {
      Path first = folder.resolve("first.onnx");
      Path second = folder.resolve("second.onnx");
      OnnxExporter.write(network.build(9, Zoo.ANY_BATCH), first);
      OnnxExporter.write(network.build(9, Zoo.ANY_BATCH), second);
      assertThat(Files.mismatch(first, second)).isEqualTo(-1);
      OnnxExporter.write(network.build(10, Zoo.ANY_BATCH), second);
      assertThat(Files.mismatch(first, second)).isNotEqualTo(-1);
      int size = network.size();
      Graph read = OnnxImporter.read(first, ShapeBindings.NONE.with("input", 2, 3, size, size));
      assertThat(read.inputs().getFirst().shape().extents())
          .containsExactly(2L, 3L, (long) size, (long) size);
      assertThat(read.outputs().getFirst().name()).isEqualTo("logits");
      assertThat(multiplyAccumulates(read))
          .isEqualTo(2 * multiplyAccumulates(network.build(9, Dim.of(1))));
    }
  }

  private static double rootMeanSquare(Tensor tensor) {
    double sum = 0;
    for (int i = 0; i < tensor.size(); i++) {
      sum += tensor.getDouble(i) * tensor.getDouble(i);
    }
    return Math.sqrt(sum / tensor.size());
  }

  /// All constants but the statistics of batch normalisations, which are not trained.
  private static long parameters(Graph graph) {
    Set<Value> statistics = new HashSet<>();
    long sum = 0;
    for (Node node : graph.nodes()) {
      if (node.op() instanceof BatchNormalization norm) {
        statistics.addAll(List.of(norm.mean(), norm.variance()));
      }
    }
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant && !statistics.contains(node.result())) {
        sum += constant.tensor().size();
      }
    }
    return sum;
  }

  private static long multiplyAccumulates(Graph graph) {
    long sum = 0;
    for (Node node : graph.nodes()) {
      long results = node.op() instanceof Constant ? 0 : node.result().shape().elementCount();
      if (node.op() instanceof Convolution convolution) {
        sum += results * convolution.weight().shape().extent(1) * convolution.window().taps();
      } else if (node.op() instanceof MatMul product) {
        sum += results * product.a().shape().extent(1);
      }
    }
    return sum;
  }
}
