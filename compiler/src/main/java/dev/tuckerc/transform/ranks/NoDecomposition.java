package dev.tuckerc.transform.ranks;

/// Leaves every layer as it is.
public record NoDecomposition() implements RankPolicy {
  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return new RankChoice.KeepDense("the policy is 'none'");
  }

  @Override
  public String text() {
    return "none";
  }
}
