package dev.tuckerc.zoo;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Benchmark architectures by their names on the command line.
///
/// Layers are named as in torchvision (`layer1.0.conv1`), batch normalisations are kept apart as an
/// export has them; the input is `input`, `[batch, 3, H, W]`, the output `logits`. Weights are
/// random and depend on the seed alone.
public enum Zoo {
  RESNET18("resnet18", 224, ResNet::resnet18),
  RESNET50("resnet50", 224, ResNet::resnet50),
  VGG16_BN("vgg16_bn", 224, FeedForward::vgg16),
  DENSENET121("densenet121", 224, DenseNet::densenet121),
  DENSENET201("densenet201", 224, DenseNet::densenet201),
  MOBILENETV2("mobilenetv2", 224, MobileNetV2::build),
  SQUEEZENET("squeezenet1.1", 224, FeedForward::squeezenet),
  /// For CIFAR-10.
  RESNET20("resnet20", 32, ResNet::resnet20);

  /// The symbol of the batch extent of a model that is to be written for any batch.
  public static final Dim ANY_BATCH = new Dim.Symbolic("N");

  private final String text;
  private final int size;
  private final Function<NetworkBuilder, Graph> builder;

  Zoo(String text, int size, Function<NetworkBuilder, Graph> builder) {
    this.text = text;
    this.size = size;
    this.builder = builder;
  }

  /// Name on the command line.
  public String text() {
    return text;
  }

  /// Height and width of the input.
  public int size() {
    return size;
  }

  /// The network; equal arguments give equal bytes.
  ///
  /// @param batch a number, or [#ANY_BATCH]
  public Graph build(long seed, Dim batch) {
    return builder.apply(new NetworkBuilder(text, seed, batch, size));
  }

  /// The architecture of this name.
  public static Optional<Zoo> find(String name) {
    return Arrays.stream(values()).filter(network -> network.text.equals(name)).findFirst();
  }

  /// All names.
  public static List<String> names() {
    return Arrays.stream(values()).map(Zoo::text).toList();
  }
}
