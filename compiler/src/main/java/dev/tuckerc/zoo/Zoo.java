package dev.tuckerc.zoo;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Benchmark architectures by their names on the command line.
///
/// Layers of classifiers are named as in torchvision (`layer1.0.conv1`), batch normalisations are
/// kept apart as an export has them; the input is `input`, `[batch, channels, H, W]`, the output of
/// a classifier `logits`. Weights are random and depend on the seed alone.
public enum Zoo {
  RESNET18("resnet18", 3, 224, ResNet::resnet18),
  RESNET50("resnet50", 3, 224, ResNet::resnet50),
  RESNEXT50("resnext50_32x4d", 3, 224, ResNet::resnext50),
  VGG16_BN("vgg16_bn", 3, 224, FeedForward::vgg16),
  DENSENET121("densenet121", 3, 224, DenseNet::densenet121),
  DENSENET201("densenet201", 3, 224, DenseNet::densenet201),
  MOBILENETV2("mobilenetv2", 3, 224, MobileNetV2::build),
  SQUEEZENET("squeezenet1.1", 3, 224, FeedForward::squeezenet),
  /// For CIFAR-10.
  RESNET20("resnet20", 3, 32, ResNet::resnet20),
  /// Super-resolution of the luminance.
  VDSR("vdsr", 1, 256, ImageToImage::vdsr),
  /// Denoising of the luminance.
  DNCNN("dncnn", 1, 256, ImageToImage::dncnn),
  /// Super-resolution of the luminance, from half the height and width.
  ESPCN("espcn", 1, 256, ImageToImage::espcn),
  /// Segmentation.
  UNET("unet", 3, 256, UNet::build),
  STYLE_TRANSFER("style_transfer", 3, 256, StyleTransfer::build);

  /// The symbol of the batch extent of a model that is to be written for any batch.
  public static final Dim ANY_BATCH = new Dim.Symbolic("N");

  /// Least height and width of an input.
  private static final int LEAST = 32;

  private final String text;
  private final int channels;
  private final int size;
  private final Function<NetworkBuilder, Graph> builder;

  Zoo(String text, int channels, int size, Function<NetworkBuilder, Graph> builder) {
    this.text = text;
    this.channels = channels;
    this.size = size;
    this.builder = builder;
  }

  /// Name on the command line.
  public String text() {
    return text;
  }

  /// Channels of the input.
  public int channels() {
    return channels;
  }

  /// Height and width of the input unless others are asked for.
  public int size() {
    return size;
  }

  /// Whether it gives one score a class, not an image.
  public boolean isClassifier() {
    return switch (this) {
      case RESNET18,
          RESNET50,
          RESNEXT50,
          VGG16_BN,
          DENSENET121,
          DENSENET201,
          MOBILENETV2,
          SQUEEZENET,
          RESNET20 ->
          true;
      case VDSR, DNCNN, ESPCN, UNET, STYLE_TRANSFER -> false;
    };
  }

  /// Why the architecture takes no image of this size; empty where it does.
  public Optional<String> refusal(long height, long width) {
    if (this == VGG16_BN && (height != size || width != size)) {
      return Optional.of("its fully connected layers take images of 224x224 only");
    }
    int divisor =
        switch (this) {
          case UNET -> UNet.DIVISOR;
          // Two halvings and two doublings: another size would not come back.
          case STYLE_TRANSFER -> 4;
          default -> 1;
        };
    if (height % divisor != 0 || width % divisor != 0) {
      return Optional.of("height and width have to be multiples of " + divisor);
    }
    return height < LEAST || width < LEAST
        ? Optional.of("height and width have to be " + LEAST + " or more")
        : Optional.empty();
  }

  /// The network at its own size; equal arguments give equal bytes.
  ///
  /// @param batch a number, or [#ANY_BATCH]
  public Graph build(long seed, Dim batch) {
    return build(seed, batch, size, size);
  }

  /// The network for images of any size.
  ///
  /// @param batch a number, or [#ANY_BATCH]
  /// @throws IllegalArgumentException for a size of which there is a [#refusal]
  public Graph build(long seed, Dim batch, long height, long width) {
    refusal(height, width)
        .ifPresent(reason -> {
          throw new IllegalArgumentException(text + ": " + reason);
        });
    return builder.apply(new NetworkBuilder(text, seed, batch, channels, height, width));
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
