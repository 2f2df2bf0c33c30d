package dev.tuckerc.transform.ranks;

/// The smallest ranks, rounded up to the rank quantum, that each keep a share of the weight's
/// squared norm on their mode.
///
/// The squared relative error of the layer is then at most `2 * (1 - share)`.
///
/// @param share above 0, at most 1
public record EnergyShare(double share) implements RankPolicy {
  public EnergyShare {
    if (!(share > 0 && share <= 1)) {
      throw new RankPolicyException(
          "the share of the energy must be above 0 and at most 1, not " + share);
    }
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    if (layer.kind() != LayerKind.SPATIAL) {
      return new RankChoice.KeepDense(layer.kind().reason());
    }
    return new RankChoice.Ranks(
        RankPolicy.quantized(smallest(layer.inputSpectrum()), layer.inputs()),
        RankPolicy.quantized(smallest(layer.outputSpectrum()), layer.outputs()));
  }

  private int smallest(double[] spectrum) {
    double total = 0;
    for (double value : spectrum) {
      total += value;
    }
    double kept = 0;
    for (int rank = 0; rank < spectrum.length; rank++) {
      if (kept >= share * total) {
        return Math.max(rank, 1);
      }
      kept += spectrum[rank];
    }
    return spectrum.length;
  }

  @Override
  public String text() {
    return "energy=" + share;
  }
}
