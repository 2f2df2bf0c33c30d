package dev.tuckerc.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A training step of ResNet-20 written directly with libtorch, its optimizer included: what the
/// project's own step is compared with. The architecture is `zoo`'s.
final class PlainResNet20 {
  /// Two of each block.
  private final List<Layer> layers = new ArrayList<>();

  private final TensorVector parameters = new TensorVector();
  private final Layer first;
  private final Tensor classes;
  private final Tensor bias;
  private final SGD optimizer;
  private final Tensor pictures;
  private final Tensor labels;

  /// A convolution and its normalisation.
  private record Layer(
      Tensor weight, long stride, Tensor scale, Tensor shift, Tensor mean, Tensor variance) {
    Tensor apply(Tensor x) {
      long[] one = {1, 1};
      long[] steps = {stride, stride};
      Tensor y = torch.conv2d(x, weight, new TensorOptional(), steps, one, one, 1);
      TensorOptional factors = new TensorOptional(scale);
      TensorOptional added = new TensorOptional(shift);
      TensorOptional averages = new TensorOptional(mean);
      TensorOptional spreads = new TensorOptional(variance);
      return torch.batch_norm(y, factors, added, averages, spreads, true, 0.1, 1e-5, false);
    }
  }

  /// @param batch pictures of noise, always the same ones
  PlainResNet20(int batch) {
    first = layer(3, 16, 1);
    long channels = 16;
    for (int stage = 0; stage < 3; stage++) {
      long width = 16L << stage;
      for (int block = 0; block < 3; block++) {
        layers.add(layer(channels, width, width / channels));
        layers.add(layer(width, width, 1));
        channels = width;
      }
    }
    classes = parameter(torch.randn(10, channels).mul(new Scalar(0.1)));
    bias = parameter(torch.zeros(10));
    SGDOptions options = new SGDOptions(0.01);
    options.momentum().put(0.9);
    options.weight_decay().put(1e-4);
    optimizer = new SGD(parameters, options);
    pictures = kept(torch.randn(batch, 3, 32, 32));
    labels = kept(torch.tensor(LongStream.range(0, batch).map(i -> i % 10).toArray()));
  }

  private Layer layer(long inputs, long outputs, long stride) {
    Tensor weight = torch.randn(outputs, inputs, 3, 3).mul(new Scalar(Math.sqrt(2.0 / 9 / inputs)));
    return new Layer(
        parameter(weight),
        stride,
        parameter(torch.ones(outputs)),
        parameter(torch.zeros(outputs)),
        kept(torch.zeros(outputs)),
        kept(torch.ones(outputs)));
  }

  private static Tensor kept(Tensor tensor) {
    return tensor.retainReference();
  }

  private Tensor parameter(Tensor tensor) {
    Tensor leaf = kept(tensor.detach()).requires_grad_(true);
    parameters.push_back(leaf);
    return leaf;
  }

  /// Forward, backward, optimizer.
  ///
  /// @return the loss
  float step() {
    try (PointerScope _ = new PointerScope()) {
      Tensor x = torch.relu(first.apply(pictures));
      for (int i = 0; i < layers.size(); i += 2) {
        Tensor y = torch.relu(layers.get(i).apply(x));
        x = torch.relu(layers.get(i + 1).apply(y).add(shortcut(x, layers.get(i))));
      }
      Tensor scores = torch.linear(x.mean(2, 3), classes, new TensorOptional(bias));
      Tensor loss = torch.cross_entropy_loss(scores, labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      return loss.item_float();
    }
  }

  /// Every second position, and channels of zeros on both sides.
  private static Tensor shortcut(Tensor x, Layer layer) {
    if (layer.stride() == 1) {
      return x;
    }
    LongOptional open = new LongOptional();
    Tensor some = x.slice(2, open, open, 2).slice(3, open, open, 2);
    long more = (layer.weight().size(0) - x.size(1)) / 2;
    return torch.constant_pad_nd(some, new long[] {0, 0, 0, 0, more, more}, new Scalar(0));
  }
}
