package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.LayerKind;

/// A layer as policies see it; works on the weight only when asked to, and only once.
public record WeightOfLayer(Layer layer, KnownWeights known, Factorizer factorizer)
    implements DecomposableLayer, AutoCloseable {

  public WeightOfLayer(Layer layer, KnownWeights known) {
    this(layer, known, new Factorizer(layer.data().orElseThrow(), layer.groups()));
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
  public int stride() {
    return layer.node().op() instanceof Convolution convolution && convolution.window().rank() > 0
        ? Math.toIntExact(convolution.window().stride().getFirst())
        : 1;
  }

  @Override
  public double[] outputSpectrum() {
    return known.numbers(layer, "output spectrum", factorizer::outputSpectrum);
  }

  @Override
  public double[] inputSpectrum() {
    return known.numbers(layer, "input spectrum", factorizer::inputSpectrum);
  }

  /// See [Factorizer#kernelSpectrum].
  public double[] kernelSpectrum() {
    return known.numbers(layer, "kernel spectrum", factorizer::kernelSpectrum);
  }

  @Override
  public void close() {
    factorizer.close();
  }
}
