package dev.tuckerc.zoo;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;

/// Chains of convolutions at full resolution on one channel, the luminance: super-resolution and
/// denoising.
final class ImageToImage {
  private ImageToImage() {}

  /// VDSR (Kim et al., CVPR 2016): 20 convolutions without bias on the image enlarged beforehand,
  /// to which they add details.
  static Graph vdsr(NetworkBuilder net) {
    Value x = net.relu("relu", net.conv("input", net.input(), 64, 3, 1, 1));
    for (int layer = 0; layer < 18; layer++) {
      String name = "residual_layer." + layer;
      x = net.relu(name + ".relu", net.conv(name + ".conv", x, 64, 3, 1, 1));
    }
    x = net.conv("output", x, 1, 3, 1, 1);
    return net.graph("enlarged", net.sum("add", x, net.input()));
  }

  /// DnCNN-S (Zhang et al., IEEE TIP 2017): 17 convolutions without bias that predict the noise,
  /// which is taken away from the image.
  static Graph dncnn(NetworkBuilder net) {
    Value x = net.relu("model.1", net.conv("model.0", net.input(), 64, 3, 1, 1));
    int index = 2;
    for (int layer = 0; layer < 15; layer++) {
      x = net.conv("model." + index++, x, 64, 3, 1, 1);
      x = net.batchNorm("model." + index++, x);
      x = net.relu("model." + index++, x);
    }
    x = net.conv("model." + index, x, 1, 3, 1, 1);
    return net.graph("clean", net.difference("sub", net.input(), x));
  }

  /// ESPCN (Shi et al., CVPR 2016) for an image of twice the height and width.
  static Graph espcn(NetworkBuilder net) {
    long factor = 2;
    Value x = net.tanh("tanh1", net.conv("conv1", net.input(), 64, 5, 1, 2, 1, true));
    x = net.tanh("tanh2", net.conv("conv2", x, 32, 3, 1, 1, 1, true));
    x = net.conv("conv3", x, factor * factor, 3, 1, 1, 1, true);
    return net.graph("enlarged", net.pixelShuffle("pixel_shuffle", x, factor));
  }
}
