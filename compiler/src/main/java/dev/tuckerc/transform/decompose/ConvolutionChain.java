package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.transform.layer.LayerCost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// Convolutions one after the other with nothing between them, so that neighbours can be merged
/// into one exactly.
///
/// Two neighbours merge when either is a plain 1x1 convolution. A bias of the first moves through
/// the second unless that one pads: its padding would have to become the bias.
record ConvolutionChain(List<Convolution> convolutions) {
  /// Most convolutions of a chain: all ways to cut it are weighed.
  static final int LONGEST = 8;

  ConvolutionChain {
    if (convolutions.size() > LONGEST) {
      throw new IllegalArgumentException("a chain of " + convolutions.size() + " convolutions");
    }
    convolutions = List.copyOf(convolutions);
  }

  static ConvolutionChain of(List<Convolution> convolutions) {
    return new ConvolutionChain(convolutions);
  }

  /// A piece of the chain that becomes one convolution.
  ///
  /// @param from first convolution
  /// @param to past the last
  record Segment(int from, int to) {
    int length() {
      return to - from;
    }
  }

  /// Whether `second`, which reads the result of `first`, can be merged with it exactly.
  static boolean mergeable(Convolution first, Convolution second) {
    boolean pads =
        second.window().padBefore().stream().anyMatch(p -> p != 0)
            || second.window().padAfter().stream().anyMatch(p -> p != 0);
    return first.groups() == 1
        && second.groups() == 1
        && first.epilogue().isIdentity()
        && (first.window().isPointwise() || second.window().isPointwise())
        && !(first.bias().isPresent() && pads);
  }

  /// The merge of two neighbours; its weight, and its bias where either has one, have types only.
  static Convolution merged(Convolution first, Convolution second) {
    Window window = first.window().isPointwise() ? second.window() : first.window();
    List<Long> extents =
        new ArrayList<>(
            List.of(second.weight().shape().extent(0), first.weight().shape().extent(1)));
    extents.addAll(window.kernel());
    TensorType weight = TensorType.of(first.weight().type().elementType(), Shape.of(extents));
    Optional<Value> bias = second.bias();
    if (bias.isEmpty() && first.bias().isPresent()) {
      TensorType type = TensorType.of(weight.elementType(), second.weight().shape().extent(0));
      bias = Optional.of(new Value(second.weight().name() + ".bias", type));
    }
    return new Convolution(
        first.input(),
        new Value(second.weight().name(), weight),
        bias,
        window,
        1,
        second.epilogue());
  }

  /// The cheapest way to cut the chain into segments, each merged into one convolution, in which no
  /// merge adds multiply-accumulates or parameters: factors are not multiplied out. All `2^(n-1)`
  /// cuts are weighed, as what follows a convolution may change what it costs.
  ///
  /// @param cost of the convolutions of one cut, which run one after the other; of equal ones the
  ///   cut with fewer convolutions wins
  List<Segment> best(ToDoubleFunction<List<Convolution>> cost) {
    List<Segment> best = List.of();
    double least = Double.POSITIVE_INFINITY;
    for (List<Segment> cut : cuts()) {
      double total = cost.applyAsDouble(cut.stream().map(this::merge).toList());
      if (best.isEmpty() || total < least) {
        least = total;
        best = cut;
      }
    }
    return best;
  }

  /// One segment as a convolution.
  Convolution merge(Segment segment) {
    Convolution result = convolutions.get(segment.from());
    for (int i = segment.from() + 1; i < segment.to(); i++) {
      result = merged(result, convolutions.get(i));
    }
    return result;
  }

  private boolean grows(Segment segment) {
    long multiplyAccumulates = 0;
    long parameters = 0;
    for (Convolution part : convolutions.subList(segment.from(), segment.to())) {
      multiplyAccumulates += LayerCost.multiplyAccumulates(part);
      parameters += part.weight().shape().elementCount();
    }
    Convolution merged = merge(segment);
    return LayerCost.multiplyAccumulates(merged) > multiplyAccumulates
        || merged.weight().shape().elementCount() > parameters;
  }

  private Optional<Convolution> tryMerge(Segment segment) {
    Convolution result = convolutions.get(segment.from());
    for (int i = segment.from() + 1; i < segment.to(); i++) {
      if (!mergeable(result, convolutions.get(i))) {
        return Optional.empty();
      }
      result = merged(result, convolutions.get(i));
    }
    return Optional.of(result);
  }

  /// All ways to cut the chain into segments that can be merged, those of fewer segments first.
  private List<List<Segment>> cuts() {
    int length = convolutions.size();
    List<List<Segment>> cuts = new ArrayList<>();
    for (int borders = 0; borders < 1 << (length - 1); borders++) {
      List<Segment> cut = new ArrayList<>();
      int from = 0;
      for (int to = 1; to <= length; to++) {
        if (to == length || (borders >> (to - 1) & 1) == 1) {
          cut.add(new Segment(from, to));
          from = to;
        }
      }
      if (cut.stream().allMatch(segment -> tryMerge(segment).isPresent() && !grows(segment))) {
        cuts.add(cut);
      }
    }
    cuts.sort(Comparator.comparingInt(List::size));
    return cuts;
  }
}
