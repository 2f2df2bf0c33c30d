package dev.tuckerc.transform.ranks;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Ranks that a search chooses for all layers together: the least error at a share of the network's
/// multiply-accumulates, whatever time they take. For comparison: fewer operations are not less
/// time. So ranks need not fill the tiles of kernels; they are even, as half precision moves pairs.
///
/// @param share above 0, at most 1
public record ShareOfMultiplyAccumulates(double share) implements RankPolicy {
  private static final int MULTIPLE = 2;

  public ShareOfMultiplyAccumulates {
    if (!(share > 0 && share <= 1)) {
      throw new RankPolicyException(
          "the share of the multiply-accumulates must be above 0 and at most 1, not " + share);
    }
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return switch (new LatencyRanks().choose(layer)) {
      case RankChoice.Search search -> new RankChoice.Search(MULTIPLE, search.equal());
      case RankChoice other -> other;
    };
  }

  @Override
  public Goal goal(long denseMultiplyAccumulates) {
    return new Goal(
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalLong.of(Math.max(1, (long) (share * denseMultiplyAccumulates))));
  }

  @Override
  public String text() {
    return "flops=" + share;
  }
}
