package dev.tuckerc.transform.ranks;

/// Ranks that a search chooses for all layers together, so that the network is fast: dense where
/// nothing pays.
public record LatencyRanks() implements RankPolicy {
  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return switch (layer.kind()) {
      case SPATIAL, POINTWISE, PRODUCT, FLATTENED, TRANSPOSED -> RankChoice.Search.ALL;
      case DEPTHWISE, FACTOR -> new RankChoice.KeepDense(layer.kind().reason());
    };
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
    return "latency";
  }
}
