package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.LayerKind;
import org.jspecify.annotations.Nullable;

/// A layer as policies see it; works on the weight only when asked to, and only once.
public final class WeightOfLayer implements DecomposableLayer, AutoCloseable {
  private final Layer layer;
  private final KnownWeights known;
  private @Nullable Factorizer factorizer;

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
    return known.numbers(layer, "output spectrum", () -> factorizer().outputSpectrum());
  }

  @Override
  public double[] inputSpectrum() {
    return known.numbers(layer, "input spectrum", () -> factorizer().inputSpectrum());
  }

  /// See [Factorizer#kernelSpectrum].
  public double[] kernelSpectrum() {
    return known.numbers(layer, "kernel spectrum", () -> factorizer().kernelSpectrum());
  }

  private Factorizer factorizer() {
    Factorizer made = factorizer;
    if (made == null) {
      made = layer.factorizer();
      factorizer = made;
    }
    return made;
  }

  @Override
  public void close() {
    if (factorizer != null) {
      factorizer.close();
    }
  }
}
