package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;

/// Fast style transfer (Johnson et al., ECCV 2016) with instance normalisation (Ulyanov et al.,
/// 2016) and enlargement before a convolution in place of a transposed one: the network of
/// PyTorch's `fast_neural_style` example.
final class StyleTransfer {
  private StyleTransfer() {}

  static Graph build(NetworkBuilder net) {
    Value x = normalised(net, "conv1", "in1", net.input(), 32, 9, 1);
    x = normalised(net, "conv2", "in2", x, 64, 3, 2);
    x = normalised(net, "conv3", "in3", x, 128, 3, 2);
    for (int block = 1; block <= 5; block++) {
      String name = "res" + block;
      Value y = normalised(net, name + ".conv1", name + ".in1", x, 128, 3, 1);
      y = padded(net, name + ".conv2", y, 128, 3, 1);
      y = net.instanceNorm(name + ".in2", y);
      x = net.sum(name + ".add", y, x);
    }
    x = net.enlarge("deconv1.interpolate", x, 2);
    x = normalised(net, "deconv1", "in4", x, 64, 3, 1);
    x = net.enlarge("deconv2.interpolate", x, 2);
    x = normalised(net, "deconv2", "in5", x, 32, 3, 1);
    return net.graph("styled", padded(net, "deconv3", x, 3, 9, 1));
  }

  private static Value normalised(
      NetworkBuilder net,
      String conv,
      String norm,
      Value x,
      long outputs,
      long kernel,
      long stride) {
    Value y = net.instanceNorm(norm, padded(net, conv, x, outputs, kernel, stride));
    return net.relu(norm + ".relu", y);
  }

  private static Value padded(
      NetworkBuilder net, String name, Value x, long outputs, long kernel, long stride) {
    Value wide = net.reflect(name + ".reflection_pad", x, kernel / 2);
    return net.conv(name + ".conv2d", wide, outputs, kernel, stride, 0, 1, true);
  }
}
