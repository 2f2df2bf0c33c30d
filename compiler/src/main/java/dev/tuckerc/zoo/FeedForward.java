package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import java.util.List;

/// Networks without residual sums: VGG-16 and SqueezeNet.
final class FeedForward {
  /// Widths of VGG-16's convolutions; 0 is a maximum pool.
  private static final List<Integer> VGG16 =
      List.of(64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0);

  private FeedForward() {}

  /// VGG configuration D (Simonyan and Zisserman, ICLR 2015) with batch normalisation.
  static Graph vgg16(NetworkBuilder net) {
    Value x = net.input();
    int index = 0;
    for (int width : VGG16) {
      if (width == 0) {
        x = net.maxPool("features." + index, x, 2, 2, 0, false);
        index += 1;
      } else {
        x = net.conv("features." + index, x, width, 3, 1, 1, 1, true);
        x = net.batchNorm("features." + (index + 1), x);
        x = net.relu("features." + (index + 2), x);
        index += 3;
      }
    }
    x = net.flatten("flatten", x);
    x = net.relu("classifier.1", net.linear("classifier.0", "classifier.0.add", x, 4096));
    x = net.relu("classifier.4", net.linear("classifier.3", "classifier.3.add", x, 4096));
    return net.graph(net.linear("classifier.6", "logits", x, 1000));
  }

  /// SqueezeNet 1.1 (Iandola et al., 2016).
  static Graph squeezenet(NetworkBuilder net) {
    Value x = net.conv("features.0", net.input(), 64, 3, 2, 0, 1, true);
    x = net.maxPool("features.2", net.relu("features.1", x), 3, 2, 0, true);
    x = fire(net, "features.3", x, 16, 64);
    x = fire(net, "features.4", x, 16, 64);
    x = net.maxPool("features.5", x, 3, 2, 0, true);
    x = fire(net, "features.6", x, 32, 128);
    x = fire(net, "features.7", x, 32, 128);
    x = net.maxPool("features.8", x, 3, 2, 0, true);
    x = fire(net, "features.9", x, 48, 192);
    x = fire(net, "features.10", x, 48, 192);
    x = fire(net, "features.11", x, 64, 256);
    x = fire(net, "features.12", x, 64, 256);
    x = net.conv("classifier.1", x, 1000, 1, 1, 0, 1, true);
    return net.graph(net.globalAverage("logits", net.relu("classifier.2", x)));
  }

  private static Value fire(NetworkBuilder net, String name, Value x, long squeeze, long expand) {
    Value narrow = net.conv(name + ".squeeze", x, squeeze, 1, 1, 0, 1, true);
    narrow = net.relu(name + ".squeeze_activation", narrow);
    Value one = net.conv(name + ".expand1x1", narrow, expand, 1, 1, 0, 1, true);
    one = net.relu(name + ".expand1x1_activation", one);
    Value three = net.conv(name + ".expand3x3", narrow, expand, 3, 1, 1, 1, true);
    three = net.relu(name + ".expand3x3_activation", three);
    return net.concat(name + ".concat", List.of(one, three));
  }
}
