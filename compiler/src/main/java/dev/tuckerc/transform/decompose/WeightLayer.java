package dev.tuckerc.transform.decompose;

import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A layer seen through its weight; works on the weight only when asked to.
final class WeightLayer implements DecomposableLayer, AutoCloseable {
  private final String name;
  private final Tensor weight;
  private @Nullable TuckerDecomposer decomposer;

  WeightLayer(String name, Tensor weight) {
    this.name = name;
    this.weight = weight;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int outputs() {
    return weight.dimension(0);
  }

  @Override
  public int inputs() {
    return weight.dimension(1);
  }

  @Override
  public double[] outputSpectrum() {
    return decomposer().outputSpectrum();
  }

  @Override
  public double[] inputSpectrum() {
    return decomposer().inputSpectrum();
  }

  TuckerDecomposer decomposer() {
    TuckerDecomposer made = decomposer;
    if (made == null) {
      made = new TuckerDecomposer(weight);
      decomposer = made;
    }
    return made;
  }

  @Override
  public void close() {
    if (decomposer != null) {
      decomposer.close();
    }
  }
}
