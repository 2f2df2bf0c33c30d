package dev.tuckerc.transform.ranks;

/// Equal ranks on both sides of every layer, multiples of a constant, chosen for all layers
/// together: the space of HALOC (AAAI 2023).
///
/// @param multiple of the ranks
public record EqualRanks(int multiple) implements RankPolicy {
  public EqualRanks {
    // Checks the range.
    new RankChoice.Search(multiple, true);
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return layer.kind() == LayerKind.SPATIAL
        ? new RankChoice.Search(multiple, true)
        : new RankChoice.KeepDense(layer.kind().reason());
  }

  @Override
  public Goal goal(long denseMultiplyAccumulates) {
    return Goal.within(Goal.DEFAULT_ERROR);
  }

  @Override
  public boolean isFree() {
    return true;
  }

  @Override
  public String text() {
    return "haloc-grid=" + multiple;
  }
}
