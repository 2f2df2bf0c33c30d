package dev.tuckerc.transform.search;

import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.Arrays;
import java.util.OptionalDouble;

/// What remains of a layer beyond each rank, as shares: `[0]` is 1. Exact where one mode is at full
/// rank, for singular values and for a basis; for two ranks the sum over both modes, which bounds
/// the error from above (De Lathauwer, De Moor and Vandewalle 2000).
///
/// @param inputs of the input mode; empty where every form loses all
/// @param outputs of the output mode
/// @param kernels of the basis that the channels share
public record RankTails(double[] inputs, double[] outputs, double[] kernels) {
  /// Of a layer that cannot be factorized: every form loses all.
  public static final RankTails ALL_LOST =
      new RankTails(new double[0], new double[0], new double[0]);

  /// The tails of spectra: squared singular values, descending.
  public static RankTails of(double[] inputs, double[] outputs, double[] kernels) {
    return new RankTails(tail(inputs), tail(outputs), tail(kernels));
  }

  private static double[] tail(double[] spectrum) {
    double total = Arrays.stream(spectrum).sum();
    double[] tail = new double[spectrum.length + 1];
    for (int rank = spectrum.length - 1; rank >= 0; rank--) {
      tail[rank] = tail[rank + 1] + (total > 0 ? spectrum[rank] / total : 0);
    }
    return tail;
  }

  private static double at(double[] tail, int rank) {
    return tail.length == 0 ? 1 : tail[Math.min(rank, tail.length - 1)];
  }

  /// The squared error of a form; empty where spectra do not tell it.
  public OptionalDouble of(LayerForm form) {
    return switch (form.choice()) {
      case RankChoice.Ranks(int in, int out) ->
          OptionalDouble.of(Math.min(1, at(inputs, in) + at(outputs, out)));
      case RankChoice.SingularValues(int rank) -> OptionalDouble.of(at(outputs, rank));
      case RankChoice.Basis(int count) -> OptionalDouble.of(at(kernels, count));
      case RankChoice.Terms _, RankChoice.Train _ ->
          inputs.length == 0 ? OptionalDouble.of(1) : OptionalDouble.empty();
      case RankChoice.Fraction _, RankChoice.Search _, RankChoice.KeepDense _ ->
          throw new IllegalStateException("a form has ranks");
    };
  }
}
