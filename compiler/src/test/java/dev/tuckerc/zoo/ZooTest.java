package dev.tuckerc.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Shape;
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
import java.util.function.Predicate;
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
    "resnet18, 11689512, 1.814", "resnet50, 25557032, 4.089",
    "resnext50_32x4d, 25028904, 4.230", "vgg16_bn, 138365992, 15.47",
    "densenet121, 7978856, 2.834", "densenet201, 20013928, 4.291", "mobilenetv2, 3504872, 0.301",
    "squeezenet1.1, 1235496, 0.349", "resnet20, 269722, 0.0406"
  })
  void countsAreThePublishedOnes(String name, long parameters, double gigaMacs) {
    Graph graph = Zoo.find(name).orElseThrow().build(1, Dim.of(1));
    assertThat(parameters(graph)).isEqualTo(parameters);
    assertThat(multiplyAccumulates(graph) / 1e9).isCloseTo(gigaMacs, within(gigaMacs * 0.004));
  }

  /// VDSR: 665K parameters and 612.6 G multiply-adds for a 1280x720 image, as Ahn et al. (ECCV
  /// 2018) list it. DnCNN: 0.56 M and ESPCN: 21K, sums over the layers of their papers. U-Net:
  /// 31,037,633 trainable parameters for three channels, one class and batch normalisation; style
  /// network: 1,679,235, both as torchsummary prints them for the definitions they follow.
  /// Multiply-adds of all but VDSR are sums over the layers, done by hand.
  @ParameterizedTest
  @CsvSource({
    "vdsr, 720, 1280, 664704, 612.6",
    "dncnn, 180, 180, 556032, 17.954",
    "espcn, 540, 960, 21284, 10.981",
    "unet, 256, 256, 31037633, 48.168",
    "style_transfer, 256, 256, 1679235, 10.079"
  })
  void imageNetworksCountAsPublished(
      String name, long height, long width, long parameters, double gigaMacs) {
    Graph graph = Zoo.find(name).orElseThrow().build(1, Dim.of(1), height, width);
    assertThat(parameters(graph)).isEqualTo(parameters);
    assertThat(multiplyAccumulates(graph) / 1e9).isCloseTo(gigaMacs, within(gigaMacs * 0.004));
  }

  @Test
  void sizesThatDoNotSuitAreRefused() {
    assertThat(Zoo.VGG16_BN.refusal(256, 224))
        .hasValueSatisfying(r -> assertThat(r).contains("224x224"));
    assertThat(Zoo.UNET.refusal(264, 256)).contains("height and width have to be multiples of 16");
    assertThat(Zoo.VDSR.refusal(31, 256)).contains("height and width have to be 32 or more");
    assertThat(Zoo.VDSR.refusal(1080, 1920)).isEmpty();
    assertThatThrownBy(() -> Zoo.UNET.build(1, Dim.of(1), 40, 32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unet: height and width have to be multiples of 16");
  }

  /// At the least size, not square, every architecture has the outputs that it should have.
  @ParameterizedTest
  @EnumSource(value = Zoo.class, mode = EnumSource.Mode.EXCLUDE, names = "VGG16_BN")
  void everySizeBuilds(Zoo network) {
    Shape shape = network.build(1, Dim.of(2), 32, 48).outputs().getFirst().value().shape();
    List<Long> expected =
        switch (network) {
          case VDSR, DNCNN, UNET -> List.of(2L, 1L, 32L, 48L);
          case ESPCN -> List.of(2L, 1L, 64L, 96L);
          case STYLE_TRANSFER -> List.of(2L, 3L, 32L, 48L);
          case RESNET20 -> List.of(2L, 10L);
          default -> List.of(2L, 1000L);
        };
    assertThat(shape.extents()).isEqualTo(expected);
    assertThat(network.isClassifier()).isEqualTo(expected.size() == 2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Zoo.class,
      names = {"VDSR", "DNCNN", "ESPCN", "UNET", "STYLE_TRANSFER"})
  void imageNetworksKeepActivationsInRange(Zoo network) {
    Graph graph = network.build(3, Dim.of(1), 32, 64);
    // The means that are taken away are small; squares and their means are of another range.
    checkActivations(
        graph, graph.inputs().getFirst(), name -> !name.matches(".*[.](mean|square|variance)"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Zoo.class,
      names = {"RESNET18", "MOBILENETV2", "SQUEEZENET", "RESNET20"})
  void activationsNeitherFadeNorOverflow(Zoo network) {
    Graph graph = network.build(3, Dim.of(1));
    Tensor logits = checkActivations(graph, graph.inputs().getFirst(), _ -> true);
    assertThat(logits.shape()).containsExactly(1L, network == Zoo.RESNET20 ? 10L : 1000L);
  }

  /// Runs a network on noise and checks the root mean square of every value whose name passes.
  private static Tensor checkActivations(Graph graph, Value x, Predicate<String> checked) {
    Tensor input = Tensor.zeros(DataType.F32, x.shape().extents());
    Random random = new Random(5);
    for (int i = 0; i < input.size(); i++) {
      input.setDouble(i, random.nextGaussian());
    }
    Observer observer =
        (node, result) -> {
          if (!(node.op() instanceof Constant) && checked.test(node.location().name())) {
            assertThat(rootMeanSquare(result)).as(node.location().name()).isBetween(0.1, 10.0);
          }
        };
    return Interpreter.run(graph, Map.of("input", input), Accumulation.FAST, observer)
        .firstEntry()
        .getValue();
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
    for (Zoo network :
        List.of(
            Zoo.RESNET20,
            Zoo.MOBILENETV2,
            Zoo.SQUEEZENET,
            Zoo.VDSR,
            Zoo.ESPCN,
            Zoo.STYLE_TRANSFER)) {
      Path first = folder.resolve("first.onnx");
      Path second = folder.resolve("second.onnx");
      OnnxExporter.write(network.build(9, Zoo.ANY_BATCH), first);
      OnnxExporter.write(network.build(9, Zoo.ANY_BATCH), second);
      assertThat(Files.mismatch(first, second)).isEqualTo(-1);
      OnnxExporter.write(network.build(10, Zoo.ANY_BATCH), second);
      assertThat(Files.mismatch(first, second)).isNotEqualTo(-1);
      int size = network.size();
      Graph read =
          OnnxImporter.read(
              first, ShapeBindings.NONE.with("input", 2, network.channels(), size, size));
      assertThat(read.inputs().getFirst().shape().extents())
          .containsExactly(2L, (long) network.channels(), (long) size, (long) size);
      assertThat(read.outputs().getFirst().name())
          .isEqualTo(network.build(9, Dim.of(1)).outputs().getFirst().name());
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
      } else if (node.op() instanceof ConvolutionTranspose transposed) {
        sum +=
            transposed.input().shape().elementCount()
                * transposed.weight().shape().extent(1)
                * transposed.window().taps();
      } else if (node.op() instanceof MatMul product) {
        sum += results * product.a().shape().extent(1);
      }
    }
    return sum;
  }
}
