package dev.tuckerc.transform.ranks;

/// The same fraction of the channels on both sides of every layer, rounded up to the rank quantum.
///
/// @param fraction above 0, at most 1
public record FractionOfChannels(double fraction) implements RankPolicy {
  public FractionOfChannels {
    // Checks the range.
    new RankChoice.Fraction(fraction);
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return layer.kind() == LayerKind.SPATIAL
        ? new RankChoice.Fraction(fraction).of(layer.inputs(), layer.outputs())
        : new RankChoice.KeepDense(layer.kind().reason());
  }

  @Override
  public String text() {
    return "fixed=" + fraction;
  }
}
