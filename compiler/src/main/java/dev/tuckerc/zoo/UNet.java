package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// U-Net (Ronneberger et al., MICCAI 2015) as it is mostly used now: padded convolutions with batch
/// normalisation in place of a bias, one class; layers are named as in milesial/Pytorch-UNet.
final class UNet {
  /// Channels at full resolution; twice as many at each of the [#DEPTH] coarser ones.
  private static final long WIDTH = 64;

  private static final int DEPTH = 4;

  /// What height and width have to be divisible by.
  static final int DIVISOR = 1 << DEPTH;

  private UNet() {}

  static Graph build(NetworkBuilder net) {
    Deque<Value> skips = new ArrayDeque<>();
    Value x = twice(net, "inc", net.input(), WIDTH);
    for (int level = 1; level <= DEPTH; level++) {
      skips.push(x);
      String name = "down" + level + ".maxpool_conv";
      x = net.maxPool(name + ".0", x, 2, 2, 0, false);
      x = twice(net, name + ".1", x, WIDTH << level);
    }
    for (int level = DEPTH - 1; level >= 0; level--) {
      String name = "up" + (DEPTH - level);
      x = net.doubling(name + ".up", x, WIDTH << level);
      x = net.concat(name + ".concat", List.of(skips.pop(), x));
      x = twice(net, name + ".conv", x, WIDTH << level);
    }
    return net.graph("mask", net.conv("outc.conv", x, 1, 1, 1, 0, 1, true));
  }

  private static Value twice(NetworkBuilder net, String layer, Value x, long channels) {
    String name = layer + ".double_conv.";
    Value y = net.batchNorm(name + 1, net.conv(name + 0, x, channels, 3, 1, 1));
    y = net.relu(name + 2, y);
    y = net.batchNorm(name + 4, net.conv(name + 3, y, channels, 3, 1, 1));
    return net.relu(name + 5, y);
  }
}
