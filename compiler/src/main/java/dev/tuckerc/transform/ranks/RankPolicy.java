package dev.tuckerc.transform.ranks;

import dev.tuckerc.ir.TensorType;
import dev.tuckerc.linalg.Tucker2;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides the ranks of every convolution that can be decomposed.
///
/// A policy is asked for several layers at once and must be safe for use by several threads.
public interface RankPolicy {
  /// Ranks that a policy computes are multiples of this (or the number of channels, when less).
  ///
  /// Eight half-precision channels are one 16-byte vector load and the narrow side of every
  /// tensor-core tile (m16n8k8, m16n8k16), so a rank in between costs the time of the next multiple
  /// and gains nothing (HALOC's principle 1: candidates are multiples of a constant, for latency
  /// moves in steps).
  int QUANTUM = 8;

  /// Ranks for one layer, or why it stays as it is.
  RankChoice choose(DecomposableLayer layer);

  /// What the choice among the forms, and a search for ranks, is to achieve.
  ///
  /// @param denseMultiplyAccumulates of the network without any factorization
  default Goal goal(long denseMultiplyAccumulates) {
    return Goal.FASTEST;
  }

  /// Whether the plan is free to keep all layers dense, and so has to where nothing is faster.
  default boolean isFree() {
    return false;
  }

  /// The policy for a model, of which the choices are then asked.
  ///
  /// @param layers that can be decomposed, in the model's order
  /// @throws RankPolicyException when the policy does not fit the model
  default RankPolicy forModel(List<? extends DecomposableLayer> layers) {
    return this;
  }

  /// Called once for a model, before any choice.
  ///
  /// @param decomposable names of the layers that [#choose] will be asked for
  /// @param others the model's other convolutions, with the reason why they stay dense
  /// @throws RankPolicyException when the policy does not fit the model
  default void check(List<String> decomposable, Map<String, String> others) {}

  /// Factors to use for a layer in place of its Tucker decomposition. The laboratory measures with
  /// random ones of the right shapes, which cost no time to find.
  ///
  /// @param layer name of the ONNX node
  /// @param weight `[O, I, kernel...]`
  default Optional<Tucker2> factors(String layer, TensorType weight, RankChoice.Ranks ranks) {
    return Optional.empty();
  }

  /// The policy as it is written on the command line.
  String text();

  /// A rank rounded up to the quantum, at least 1 and at most the channels.
  static int quantized(double rank, int channels) {
    // The slack keeps a product such as 0.7 * 80 from counting as more than 56.
    long quanta = (long) Math.ceil(Math.max(rank, 1) / QUANTUM - 1e-9);
    return (int) Math.min(channels, quanta * QUANTUM);
  }
}
