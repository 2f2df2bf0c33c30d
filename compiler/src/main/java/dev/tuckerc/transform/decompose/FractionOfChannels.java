package dev.tuckerc.transform.decompose;

/// The same fraction of the channels on both sides of every layer, rounded up to the rank quantum.
///
/// @param fraction above 0, at most 1
public record FractionOfChannels(double fraction) implements RankPolicy {
  public FractionOfChannels {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new RankPolicyException(
          "the fraction of the channels must be above 0 and at most 1, not " + fraction);
    }
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return new RankChoice.Ranks(
        RankPolicy.quantized(fraction * layer.inputs(), layer.inputs()),
        RankPolicy.quantized(fraction * layer.outputs(), layer.outputs()));
  }

  @Override
  public String text() {
    return "fixed=" + fraction;
  }
}
