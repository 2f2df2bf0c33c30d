package dev.tuckerc.transform.ranks;

import java.util.List;
import java.util.stream.Collectors;

/// What a policy says of one layer.
public sealed interface RankChoice {
  /// A Tucker-2 decomposition at these ranks, those of a group where the layer has several.
  ///
  /// @param in 1 to the input channels
  /// @param out 1 to the output channels
  record Ranks(int in, int out) implements RankChoice {
    @Override
    public String toString() {
      return in + "->" + out;
    }
  }

  /// A Tucker-2 decomposition at a share of the channels on both sides, rounded up to the quantum.
  ///
  /// @param share above 0, at most 1
  record Fraction(double share) implements RankChoice {
    public Fraction {
      if (!(share > 0 && share <= 1)) {
        throw new RankPolicyException(
            "the fraction of the channels must be above 0 and at most 1, not " + share);
      }
    }

    /// The ranks of a layer.
    public Ranks of(int inputs, int outputs) {
      return new Ranks(
          RankPolicy.quantized(share * inputs, inputs),
          RankPolicy.quantized(share * outputs, outputs));
    }

    @Override
    public String toString() {
      return share + " of the channels";
    }
  }

  /// A singular value decomposition of a 1x1 convolution or a matrix product.
  ///
  /// @param rank 1 to the lesser of input and output channels
  record SingularValues(int rank) implements RankChoice {
    @Override
    public String toString() {
      return Integer.toString(rank);
    }
  }

  /// A basis of kernels that the channels share, and coefficients (PENNI).
  ///
  /// @param kernels 1 to the kernel's taps
  record Basis(int kernels) implements RankChoice {
    @Override
    public String toString() {
      return kernels + " kernels";
    }
  }

  /// A sum of outer products: a reduction, a depthwise convolution and an expansion (canonical
  /// polyadic decomposition).
  ///
  /// @param count of the products, 1 or more
  record Terms(int count) implements RankChoice {
    @Override
    public String toString() {
      return count + " terms";
    }
  }

  /// A tensor train, whose cores are multiplied out to a reduction, a core and an expansion.
  ///
  /// @param outputModes whose product is the output channels
  /// @param inputModes whose product is the input channels
  /// @param ranks between neighbours of output modes, taps where there are several, input modes
  record Train(List<Integer> outputModes, List<Integer> inputModes, List<Integer> ranks)
      implements RankChoice {
    public Train {
      outputModes = List.copyOf(outputModes);
      inputModes = List.copyOf(inputModes);
      ranks = List.copyOf(ranks);
    }

    @Override
    public String toString() {
      return joined(outputModes, "x") + "|" + joined(inputModes, "x") + " at " + joined(ranks, "-");
    }

    private static String joined(List<Integer> numbers, String between) {
      return numbers.stream().map(String::valueOf).collect(Collectors.joining(between));
    }
  }

  /// Whatever suits the plan of the whole network: dense, or any factorization that the layer can
  /// have, at ranks that are multiples of a number.
  ///
  /// @param multiple of the ranks
  /// @param equal whether both ranks of a Tucker-2 decomposition are the same
  record Search(int multiple, boolean equal) implements RankChoice {
    /// Everything.
    public static final Search ALL = new Search(RankPolicy.QUANTUM, false);

    public Search {
      if (multiple < 1) {
        throw new RankPolicyException("ranks must be multiples of 1 or more, not " + multiple);
      }
    }
  }

  /// Leave the layer as it is.
  record KeepDense(String reason) implements RankChoice {}
}
