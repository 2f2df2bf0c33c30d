package dev.tuckerc.transform.decompose;

import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.LayerKind;

/// A layer as policies see it; works on the weight only when asked to.
record WeightOfLayer(Layer layer, Factorizer factorizer)
    implements DecomposableLayer, AutoCloseable {

  WeightOfLayer(Layer layer) {
    this(layer, new Factorizer(layer.data().orElseThrow(), layer.groups()));
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
  public double[] outputSpectrum() {
    return factorizer.outputSpectrum();
  }

  @Override
  public double[] inputSpectrum() {
    return factorizer.inputSpectrum();
  }

  @Override
  public void close() {
    factorizer.close();
  }
}
