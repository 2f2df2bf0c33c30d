package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;

/// Densely connected networks (Huang et al., CVPR 2017), growth rate 32.
final class DenseNet {
  private static final long GROWTH = 32;

  private DenseNet() {}

  static Graph densenet121(NetworkBuilder net) {
    return build(net, List.of(6, 12, 24, 16));
  }

  static Graph densenet201(NetworkBuilder net) {
    return build(net, List.of(6, 12, 48, 32));
  }

  private static Graph build(NetworkBuilder net, List<Integer> blocks) {
    Value x = net.conv("features.conv0", net.input(), 64, 7, 2, 3);
    x = net.relu("features.relu0", net.batchNorm("features.norm0", x));
    x = net.maxPool("features.pool0", x, 3, 2, 1, false);
    for (int block = 1; block <= blocks.size(); block++) {
      x = block(net, "features.denseblock" + block, x, blocks.get(block - 1));
      if (block < blocks.size()) {
        String name = "features.transition" + block;
        x = net.relu(name + ".relu", net.batchNorm(name + ".norm", x));
        x = net.conv(name + ".conv", x, x.shape().extent(1) / 2, 1, 1, 0);
        x = net.averagePool(name + ".pool", x, 2, 2);
      }
    }
    x = net.relu("relu", net.batchNorm("features.norm5", x));
    return net.graph(net.linear("classifier", "logits", net.globalAverage("avgpool", x), 1000));
  }

  private static Value block(NetworkBuilder net, String block, Value first, int layers) {
    List<Value> all = new ArrayList<>(List.of(first));
    Value x = first;
    for (int layer = 1; layer <= layers; layer++) {
      String name = block + ".denselayer" + layer;
      Value y = net.relu(name + ".relu1", net.batchNorm(name + ".norm1", x));
      y = net.conv(name + ".conv1", y, 4 * GROWTH, 1, 1, 0);
      y = net.relu(name + ".relu2", net.batchNorm(name + ".norm2", y));
      all.add(net.conv(name + ".conv2", y, GROWTH, 3, 1, 1));
      x = net.concat(name + ".concat", all);
    }
    return x;
  }
}
