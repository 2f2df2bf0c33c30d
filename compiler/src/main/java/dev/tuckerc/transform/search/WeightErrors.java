package dev.tuckerc.transform.search;

import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.LayersInParallel;
import dev.tuckerc.transform.layer.WeightOfLayer;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/// The share of a weight's squared norm that is lost: what its unfoldings lose beyond the ranks
/// ([RankTails]), or what an approximation was found to lose.
final class WeightErrors implements LayerErrors {
  private record Approximation(Layer.Key layer, RankChoice choice) {}

  private final Map<Layer, RankTails> tails = new IdentityHashMap<>();
  private final Map<Approximation, Double> approximations = new ConcurrentHashMap<>();
  private final KnownWeights known;

  /// @param layers of constant weight
  /// @param known spectra of before
  WeightErrors(List<Layer> layers, KnownWeights known) {
    this.known = known;
    List<RankTails> computed =
        LayersInParallel.map(
            layers, layer -> layer.data().orElseThrow().size(), layer -> tails(layer, known));
    for (int i = 0; i < layers.size(); i++) {
      tails.put(layers.get(i), computed.get(i));
    }
  }

  private static RankTails tails(Layer layer, KnownWeights known) {
    WeightOfLayer weight = new WeightOfLayer(layer, known);
    try {
      if (layer.taps() == 1) {
        // Both unfoldings of a matrix have the same singular values.
        double[] spectrum =
            layer.inputs() > layer.outputs() ? weight.outputSpectrum() : weight.inputSpectrum();
        return RankTails.of(spectrum, spectrum, new double[0]);
      }
      boolean shares = layer.kind() == LayerKind.SPATIAL && layer.groups() == 1;
      return RankTails.of(
          weight.inputSpectrum(),
          weight.outputSpectrum(),
          shares ? weight.kernelSpectrum() : new double[0]);
    } catch (LinearAlgebraException e) {
      return RankTails.ALL_LOST;
    }
  }

  /// Without a spectrum that tells it, the squared error has to be computed.
  private double approximated(Layer layer, LayerForm form) {
    double[] error =
        known.numbers(
            layer,
            "error of " + form.choice(),
            () -> {
              try (Factorizer factorizer = layer.factorizer()) {
                double lost =
                    form.choice() instanceof RankChoice.Terms(int count)
                        ? factorizer.canonicalError(count)
                        : form.factorize(factorizer).relativeError();
                return new double[] {lost};
              }
            });
    return Math.min(1, error[0] * error[0]);
  }

  @Override
  public boolean knows(Layer layer) {
    return tails.containsKey(layer);
  }

  @Override
  public double of(Layer layer, LayerForm form) {
    RankTails own = tails.get(layer);
    if (own == null) {
      throw new IllegalArgumentException("nothing is known of layer " + layer.name());
    }
    OptionalDouble told = own.of(form);
    return told.isPresent()
        ? told.getAsDouble()
        : approximations.computeIfAbsent(
            new Approximation(layer.key(), form.choice()), _ -> approximated(layer, form));
  }
}
