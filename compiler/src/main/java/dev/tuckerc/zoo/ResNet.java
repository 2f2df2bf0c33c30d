package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import java.util.List;

/// Residual networks (He et al., CVPR 2016), with the stride of a bottleneck on its 3x3 convolution
/// as torchvision has it, and their grouped form (Xie et al., CVPR 2017).
final class ResNet {
  private ResNet() {}

  static Graph resnet18(NetworkBuilder net) {
    return build(net, List.of(2, 2, 2, 2), (name, x, width, stride) -> basic(net, name, x, width, stride));
  }

  static Graph resnet50(NetworkBuilder net) {
    return bottlenecks(net, 1, 64);
  }

  /// ResNeXt-50 (32x4d): 32 groups, of 4 channels each in the first stage.
  static Graph resnext50(NetworkBuilder net) {
    return bottlenecks(net, 32, 4);
  }

  /// @param groups of the 3x3 convolutions
  /// @param width channels of a group in the first stage
  private static Graph bottlenecks(NetworkBuilder net, long groups, long width) {
    return build(
        net,
        List.of(3, 4, 6, 3),
        (name, x, outputs, stride) ->
            bottleneck(net, name, x, groups, groups * width * outputs / 64, 4 * outputs, stride));
  }

  /// A residual block.
  private interface Block {
    Value add(String name, Value x, long width, long stride);
  }

  private static Graph build(NetworkBuilder net, List<Integer> blocks, Block kind) {
    Value x = net.conv("conv1", net.input(), 64, 7, 2, 3);
    x = net.relu("relu", net.batchNorm("bn1", x));
    x = net.maxPool("maxpool", x, 3, 2, 1, false);
    for (int stage = 0; stage < blocks.size(); stage++) {
      long width = 64L << stage;
      for (int block = 0; block < blocks.get(stage); block++) {
        String name = "layer" + (stage + 1) + "." + block;
        long stride = stage > 0 && block == 0 ? 2 : 1;
        x = kind.add(name, x, width, stride);
      }
    }
    return net.graph(net.linear("fc", "logits", net.globalAverage("avgpool", x), 1000));
  }

  private static Value basic(NetworkBuilder net, String name, Value x, long width, long stride) {
    Value y = net.batchNorm(name + ".bn1", net.conv(name + ".conv1", x, width, 3, stride, 1));
    y = net.relu(name + ".relu", y);
    y = net.batchNorm(name + ".bn2", net.conv(name + ".conv2", y, width, 3, 1, 1));
    Value sum = net.sum(name + ".add", y, shortcut(net, name, x, width, stride));
    return net.relu(name + ".relu_1", sum);
  }

  private static Value bottleneck(
      NetworkBuilder net,
      String name,
      Value x,
      long groups,
      long width,
      long outputs,
      long stride) {
    Value y = net.batchNorm(name + ".bn1", net.conv(name + ".conv1", x, width, 1, 1, 0));
    y = net.relu(name + ".relu", y);
    y = net.conv(name + ".conv2", y, width, 3, stride, 1, groups, false);
    y = net.relu(name + ".relu_1", net.batchNorm(name + ".bn2", y));
    y = net.batchNorm(name + ".bn3", net.conv(name + ".conv3", y, outputs, 1, 1, 0));
    Value sum = net.sum(name + ".add", y, shortcut(net, name, x, outputs, stride));
    return net.relu(name + ".relu_2", sum);
  }

  private static Value shortcut(
      NetworkBuilder net, String name, Value x, long outputs, long stride) {
    if (stride == 1 && x.shape().extent(1) == outputs) {
      return x;
    }
    Value projected = net.conv(name + ".downsample.0", x, outputs, 1, stride, 0);
    return net.batchNorm(name + ".downsample.1", projected);
  }

  /// ResNet-20 for 32x32 images (He et al., section 4.2), with parameter-free shortcuts.
  static Graph resnet20(NetworkBuilder net) {
    Value x = net.conv("conv1", net.input(), 16, 3, 1, 1);
    x = net.relu("relu", net.batchNorm("bn1", x));
    for (int stage = 0; stage < 3; stage++) {
      long width = 16L << stage;
      for (int block = 0; block < 3; block++) {
        String name = "layer" + (stage + 1) + "." + block;
        long stride = stage > 0 && block == 0 ? 2 : 1;
        Value y = net.batchNorm(name + ".bn1", net.conv(name + ".conv1", x, width, 3, stride, 1));
        y = net.relu(name + ".relu", y);
        y = net.batchNorm(name + ".bn2", net.conv(name + ".conv2", y, width, 3, 1, 1));
        Value skip = stride == 1 ? x : net.subsampleAndWiden(name + ".shortcut", x, width);
        x = net.relu(name + ".relu_1", net.sum(name + ".add", y, skip));
      }
    }
    return net.graph(net.linear("linear", "logits", net.globalAverage("avgpool", x), 10));
  }
}
