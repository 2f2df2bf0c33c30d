package dev.tuckerc.transform.decompose;

import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.LinearAlgebraException;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The share of a weight's squared norm that its unfoldings lose beyond the ranks. Exact where one
/// mode is at full rank, for singular values and for a basis; for two ranks the sum over both
/// modes, which bounds the error from above (De Lathauwer, De Moor and Vandewalle 2000).
final class WeightErrors implements LayerErrors {
  /// What remains beyond each rank, as a share: `[0]` is 1.
  private record Tails(double[] inputs, double[] outputs, double[] kernels) {}

  private record Approximation(Layer.Key layer, RankChoice choice) {}

  private final Map<Layer, Tails> tails = new IdentityHashMap<>();
  private final Map<Approximation, Double> approximations = new ConcurrentHashMap<>();
  private final KnownWeights known;

  /// @param layers of constant weight
  /// @param known spectra of before
  WeightErrors(List<Layer> layers, KnownWeights known) {
    this.known = known;
    List<Tails> computed =
        LayersInParallel.map(
            layers, layer -> layer.data().orElseThrow().size(), layer -> tails(layer, known));
    for (int i = 0; i < layers.size(); i++) {
      tails.put(layers.get(i), computed.get(i));
    }
  }

  private static Tails tails(Layer layer, KnownWeights known) {
    try (WeightOfLayer weight = new WeightOfLayer(layer, known)) {
      if (layer.taps() == 1) {
        // Both unfoldings of a matrix have the same singular values.
        double[] tail =
            tail(
                layer.inputs() > layer.outputs() ? weight.outputSpectrum() : weight.inputSpectrum());
        return new Tails(tail, tail, new double[0]);
      }
      boolean shares = layer.kind() == LayerKind.SPATIAL && layer.groups() == 1;
      return new Tails(
          tail(weight.inputSpectrum()),
          tail(weight.outputSpectrum()),
          tail(shares ? weight.kernelSpectrum() : new double[0]));
    } catch (LinearAlgebraException e) {
      // What cannot be factorized stays dense: every form loses all.
      return new Tails(new double[0], new double[0], new double[0]);
    }
  }

  private static double[] tail(double[] spectrum) {
    double total = Arrays.stream(spectrum).sum();
    double[] tail = new double[spectrum.length + 1];
    for (int rank = spectrum.length - 1; rank >= 0; rank--) {
      tail[rank] = tail[rank + 1] + (total > 0 ? spectrum[rank] / total : 0);
    }
    return tail;
  }

  /// Without a spectrum that tells it, the squared error has to be computed.
  private double approximated(Layer layer, LayerForm form) {
    double[] error =
        known.numbers(
            layer,
            "error of " + form.choice(),
            () -> {
              try (Factorizer factorizer =
                  new Factorizer(layer.data().orElseThrow(), layer.groups())) {
                double lost =
                    form.choice() instanceof RankChoice.Terms(int count)
                        ? factorizer.canonicalError(count)
                        : form.factorize(factorizer).relativeError();
                return new double[] {lost};
              }
            });
    return Math.min(1, error[0] * error[0]);
  }

  private static double at(double[] tail, int rank) {
    return tail.length == 0 ? 1 : tail[Math.min(rank, tail.length - 1)];
  }

  @Override
  public double of(Layer layer, LayerForm form) {
    Tails own = tails.get(layer);
    if (own == null) {
      throw new IllegalArgumentException("nothing is known of layer " + layer.name());
    }
    return switch (form.choice()) {
      case RankChoice.Ranks(int in, int out) ->
          Math.min(1, at(own.inputs(), in) + at(own.outputs(), out));
      case RankChoice.SingularValues(int rank) -> at(own.inputs(), rank);
      case RankChoice.Basis(int kernels) -> at(own.kernels(), kernels);
      case RankChoice.Terms _, RankChoice.Train _ ->
          approximations.computeIfAbsent(
              new Approximation(layer.key(), form.choice()), _ -> approximated(layer, form));
      case RankChoice.Fraction _, RankChoice.Search _, RankChoice.KeepDense _ ->
          throw new IllegalStateException("a form has ranks");
    };
  }
}
