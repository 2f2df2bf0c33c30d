package dev.tuckerc.lab.report;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// A model in one form and precision.
///
/// @param network its name in the zoo
/// @param precision such as `fp16`
/// @param ranks as on the command line; `none` for dense convolutions
record Subject(String network, String precision, String ranks) implements Comparable<Subject> {
  private static final String DENSE = "none";
  private static final List<String> ORDER =
      List.of("resnet18", "vgg16_bn", "resnet50", "densenet121");

  private static final Comparator<Subject> COMPARATOR =
      Comparator.<Subject>comparingInt(s -> rank(s.network()))
          .thenComparing(Subject::network)
          .thenComparing(Subject::precision)
          .thenComparing(s -> !s.isDense())
          // TDC's ranks come before the others.
          .thenComparing(s -> !s.ranks().equals("tdc"))
          .thenComparing(Subject::ranks);

  static Subject dense(String network, String precision) {
    return new Subject(network, precision, DENSE);
  }

  boolean isDense() {
    return ranks.equals(DENSE);
  }

  /// The name of the network as people write it.
  String title() {
    return switch (network.toLowerCase(Locale.ROOT)) {
      case "resnet18" -> "ResNet-18";
      case "resnet20" -> "ResNet-20";
      case "resnet50" -> "ResNet-50";
      case "vgg16_bn" -> "VGG-16";
      case "densenet121" -> "DenseNet-121";
      case "densenet201" -> "DenseNet-201";
      case "mobilenetv2" -> "MobileNetV2";
      case "squeezenet1.1" -> "SqueezeNet 1.1";
      default -> network;
    };
  }

  private static int rank(String network) {
    int index = ORDER.indexOf(network);
    return index < 0 ? ORDER.size() : index;
  }

  @Override
  public int compareTo(Subject other) {
    return COMPARATOR.compare(this, other);
  }
}
