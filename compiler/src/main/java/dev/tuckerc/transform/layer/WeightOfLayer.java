package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.linalg.Unfolding;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.LayerKind;
import java.util.Arrays;
import java.util.List;

/// A layer as policies see it; works on the weight only when asked to.
public final class WeightOfLayer implements DecomposableLayer {
  private final Layer layer;
  private final KnownWeights known;

  public WeightOfLayer(Layer layer, KnownWeights known) {
    this.layer = layer;
    this.known = known;
  }

  public Layer layer() {
    return layer;
  }

  @Override
  public String name() {
    return layer.name();
  }

  @Override
  public LayerKind kind() {
    return layer.kind();
  }

  @Override
  public int groups() {
    return Math.toIntExact(layer.groups());
  }

  @Override
  public int outputs() {
    return layer.outputs();
  }

  @Override
  public int inputs() {
    return layer.inputs();
  }

  @Override
  public int taps() {
    return layer.taps();
  }

  @Override
  public int stride() {
    return layer.node().op() instanceof Convolution convolution && convolution.window().rank() > 0
        ? Math.toIntExact(convolution.window().stride().getFirst())
        : 1;
  }

  @Override
  public double[] outputSpectrum() {
    return known.numbers(layer, "output spectrum", () -> sum(weight().onOutputs(groups())));
  }

  @Override
  public double[] inputSpectrum() {
    return known.numbers(layer, "input spectrum", () -> sum(weight().onInputs(groups())));
  }

  /// Squared singular values of the kernels as a matrix `[O * I, taps]`, descending: what a basis
  /// of kernels keeps.
  public double[] kernelSpectrum() {
    return known.numbers(layer, "kernel spectrum", () -> weight().onTaps().spectrum());
  }

  private LayerWeight weight() {
    return layer.data().orElseThrow();
  }

  private static double[] sum(List<Unfolding> groups) {
    double[] sum = groups.getFirst().spectrum();
    for (Unfolding group : groups.subList(1, groups.size())) {
      double[] one = group.spectrum();
      Arrays.setAll(sum, i -> sum[i] + one[i]);
    }
    return sum;
  }
}
