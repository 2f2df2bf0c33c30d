package dev.tuckerc.transform.search;

import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.WeightOfLayer;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The share of a weight's squared norm that is lost: what its unfoldings lose beyond the ranks
/// ([RankTails]), or what an approximation was found to lose.
///
/// Both take long and are found when they are first asked for: who needs them of many layers asks
/// from several threads, so that no layer waits for the spectra of another.
final class WeightErrors implements LayerErrors {
  private final Map<Layer, Own> byLayer = new IdentityHashMap<>();

  /// @param layers of constant weight
  /// @param known spectra of before
  WeightErrors(List<Layer> layers, KnownWeights known) {
    layers.forEach(layer -> byLayer.put(layer, new Own(layer, known)));
  }

  /// The errors of one layer.
  private static final class Own {
    private final Layer layer;
    private final KnownWeights known;
    private final Map<RankChoice, Double> approximations = new HashMap<>();
    private @Nullable RankTails tails;

    Own(Layer layer, KnownWeights known) {
      this.layer = layer;
      this.known = known;
    }

    synchronized double of(LayerForm form) {
      RankTails own = tails;
      if (own == null) {
        own = tails();
        tails = own;
      }
      OptionalDouble told = own.of(form);
      return told.isPresent()
          ? told.getAsDouble()
          : approximations.computeIfAbsent(form.choice(), _ -> approximated(form));
    }

    private RankTails tails() {
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
    private double approximated(LayerForm form) {
      double[] error =
          known.numbers(
              layer,
              "error of " + form.choice(),
              () -> {
                try (Factorizer factorizer = layer.factorizer()) {
                  return new double[] {form.estimate(factorizer)};
                }
              });
      return Math.min(1, error[0] * error[0]);
    }
  }

  @Override
  public boolean knows(Layer layer) {
    return byLayer.containsKey(layer);
  }

  @Override
  public double of(Layer layer, LayerForm form) {
    Own own = byLayer.get(layer);
    if (own == null) {
      throw new IllegalArgumentException("nothing is known of layer " + layer.name());
    }
    return own.of(form);
  }
}
