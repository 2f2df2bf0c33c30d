package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import java.util.List;

/// MobileNetV2 at width 1.0 (Sandler et al., CVPR 2018).
final class MobileNetV2 {
  /// A run of inverted residual blocks; the stride is that of the first.
  private record Stage(int expansion, int outputs, int blocks, int stride) {}

  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 16, 1, 1),
          new Stage(6, 24, 2, 2),
          new Stage(6, 32, 3, 2),
          new Stage(6, 64, 4, 2),
          new Stage(6, 96, 3, 1),
          new Stage(6, 160, 3, 2),
          new Stage(6, 320, 1, 1));

  private MobileNetV2() {}

  static Graph build(NetworkBuilder net) {
    Value x = activated(net, "features.0", net.input(), 32, 3, 2, 1);
    int index = 1;
    for (Stage stage : STAGES) {
      for (int block = 0; block < stage.blocks(); block++) {
        long stride = block == 0 ? stage.stride() : 1;
        x = inverted(net, "features." + index++, x, stage.expansion(), stage.outputs(), stride);
      }
    }
    x = activated(net, "features.18", x, 1280, 1, 1, 1);
    Value logits = net.linear("classifier.1", "logits", net.globalAverage("avgpool", x), 1000);
    return net.graph(logits);
  }

  private static Value inverted(
      NetworkBuilder net, String name, Value x, int expansion, long outputs, long stride) {
    long inputs = x.shape().extent(1);
    long hidden = inputs * expansion;
    int part = 0;
    Value y = x;
    if (expansion != 1) {
      y = activated(net, name + ".conv." + part++, y, hidden, 1, 1, 1);
    }
    y = activated(net, name + ".conv." + part++, y, hidden, 3, stride, hidden);
    y = net.conv(name + ".conv." + part, y, outputs, 1, 1, 0);
    y = net.batchNorm(name + ".conv." + (part + 1), y);
    return stride == 1 && inputs == outputs ? net.sum(name + ".add", x, y) : y;
  }

  /// Convolution, batch normalisation, activation.
  private static Value activated(
      NetworkBuilder net,
      String name,
      Value x,
      long outputs,
      long kernel,
      long stride,
      long groups) {
    Value y = net.conv(name + ".0", x, outputs, kernel, stride, kernel / 2, groups, false);
    return net.relu6(name + ".2", net.batchNorm(name + ".1", y));
  }
}
