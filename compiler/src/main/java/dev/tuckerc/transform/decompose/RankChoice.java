package dev.tuckerc.transform.decompose;

/// What a policy says of one layer.
public sealed interface RankChoice {
  /// Decompose at these ranks.
  ///
  /// @param in 1 to the input channels
  /// @param out 1 to the output channels
  record Ranks(int in, int out) implements RankChoice {
    @Override
    public String toString() {
      return in + "->" + out;
    }
  }

  /// Leave the layer as it is.
  record KeepDense(String reason) implements RankChoice {}
}
