package dev.tuckerc.lab.report;

import java.util.OptionalDouble;

/// The project's goals for half precision at batch 1 on an H200.
final class Goals {
  /// Least geometric mean over TDC's 18 core layers against cuDNN's best, by precision.
  static final double CORE_LAYERS_FP16 = 1.6;

  /// The same in strict fp32.
  static final double CORE_LAYERS_FP32 = 2.0;

  private Goals() {}

  /// How many times as fast the decomposed network by tuckerc should be as the dense one by the
  /// strongest peer.
  static OptionalDouble againstPeer(String network) {
    return switch (network) {
      case "resnet18" -> OptionalDouble.of(1.7);
      case "vgg16_bn" -> OptionalDouble.of(3);
      case "resnet50" -> OptionalDouble.of(1.6);
      case "densenet121" -> OptionalDouble.of(1.5);
      default -> OptionalDouble.empty();
    };
  }

  /// How many times as fast the decomposed network should be as the dense one, both by tuckerc.
  static OptionalDouble againstOwnDense(String network) {
    return switch (network) {
      case "resnet18" -> OptionalDouble.of(1.05);
      case "vgg16_bn" -> OptionalDouble.of(2.5);
      case "densenet121" -> OptionalDouble.of(1.0);
      default -> OptionalDouble.empty();
    };
  }
}
