package dev.tuckerc.transform.layer;

import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankChoice.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The ranks that a search looks at: a coarse grid first, then, around what was chosen, ever finer
/// ones down to the template's quantum.
public final class RankGrid {
  /// Shares of the channels on the coarse grid.
  private static final double[] SHARES = {0.25, 0.5, 0.75};

  /// Kernels of a basis.
  private static final int[] BASES = {2, 4};

  /// Terms of a sum of outer products, as shares of the channels.
  private static final double[] TERMS = {0.5, 1, 1.5};

  private RankGrid() {}

  /// The coarse grid of a layer.
  static List<RankChoice> coarse(Layer layer, Search search) {
    List<RankChoice> choices = new ArrayList<>();
    switch (layer.kind()) {
      case SPATIAL -> {
        choices.addAll(tucker(layer, search));
        if (!search.equal()) {
          choices.addAll(terms(layer, search.multiple()));
        }
        if (hasBases(layer) && !search.equal()) {
          for (int kernels : BASES) {
            if (kernels < layer.taps()) {
              choices.add(new RankChoice.Basis(kernels));
            }
          }
        }
      }
      case POINTWISE, PRODUCT ->
          axis(Math.min(layer.inputs(), layer.outputs()), search.multiple()).stream()
              .limit(2)
              .forEach(rank -> choices.add(new RankChoice.SingularValues(rank)));
      case FLATTENED, TRANSPOSED -> choices.addAll(tucker(layer, search));
      case DEPTHWISE, FACTOR -> {
        // Nothing to decompose.
      }
    }
    return choices;
  }

  /// Sums of outer products of as many terms as shares of the channels say.
  public static List<RankChoice> terms(Layer layer, int multiple) {
    int channels = Math.max(layer.inputs(), layer.outputs());
    return Arrays.stream(TERMS)
        .mapToInt(share -> (int) (Math.ceil(share * channels / multiple - 1e-9) * multiple))
        .distinct()
        .filter(count -> count > 1)
        .<RankChoice>mapToObj(RankChoice.Terms::new)
        .toList();
  }

  /// Whether a shared basis of kernels is a form of its own: for one input channel it is RC-E.
  public static boolean hasBases(Layer layer) {
    return layer.groups() == 1 && layer.inputs() > 1;
  }

  private static List<RankChoice> tucker(Layer layer, Search search) {
    List<RankChoice> choices = new ArrayList<>();
    List<Integer> ins = axis(layer.inputs(), search.multiple());
    List<Integer> outs = axis(layer.outputs(), search.multiple());
    if (search.equal()) {
      axis(Math.min(layer.inputs(), layer.outputs()), search.multiple())
          .forEach(rank -> choices.add(new RankChoice.Ranks(rank, rank)));
      return choices;
    }
    ins.forEach(in -> choices.add(new RankChoice.Ranks(in, layer.outputs())));
    outs.forEach(out -> choices.add(new RankChoice.Ranks(layer.inputs(), out)));
    ins.forEach(in -> outs.forEach(out -> choices.add(new RankChoice.Ranks(in, out))));
    return choices;
  }

  private static List<Integer> axis(int channels, int multiple) {
    Set<Integer> ranks = new TreeSet<>();
    for (double share : SHARES) {
      int rank = (int) (Math.ceil(share * channels / multiple - 1e-9) * multiple);
      if (rank < channels) {
        ranks.add(rank);
      }
    }
    return List.copyOf(ranks);
  }

  /// Distance of neighbours in a round of refinement; 0 when a round before had the least.
  ///
  /// @param round from 1 on
  static int distance(int channels, Search search, int round) {
    int least = search.multiple();
    int former = round == 1 ? Integer.MAX_VALUE : halved(channels, least, round - 1);
    return former <= least ? 0 : halved(channels, least, round);
  }

  private static int halved(int channels, int multiple, int round) {
    double distance = channels / 4.0 / (1 << round);
    return (int) Math.max(multiple, Math.round(distance / multiple) * multiple);
  }

  /// What was chosen and its neighbours at the distance of a round, full ranks left out.
  ///
  /// @return what was chosen alone where no finer grid is left
  public static List<RankChoice> around(Layer layer, Search search, RankChoice chosen, int round) {
    Set<RankChoice> choices = new LinkedHashSet<>(List.of(chosen));
    switch (chosen) {
      case RankChoice.Ranks(int in, int out) -> {
        int stepIn = in == layer.inputs() ? 0 : distance(layer.inputs(), search, round);
        int stepOut = out == layer.outputs() ? 0 : distance(layer.outputs(), search, round);
        for (int sign : new int[] {-1, 1}) {
          if (search.equal()) {
            add(choices, layer, in + sign * stepIn, out + sign * stepIn);
          } else {
            add(choices, layer, in + sign * stepIn, out);
            add(choices, layer, in, out + sign * stepOut);
          }
        }
      }
      case RankChoice.SingularValues(int rank) -> {
        int channels = Math.min(layer.inputs(), layer.outputs());
        int step = distance(channels, search, round);
        for (int sign : new int[] {-1, 1}) {
          int next = rank + sign * step;
          if (next >= 1 && next < channels) {
            choices.add(new RankChoice.SingularValues(next));
          }
        }
      }
      case RankChoice.Basis(int kernels) -> {
        for (int next : new int[] {kernels - 1, kernels + 1}) {
          if (round == 1 && next >= 1 && next < layer.taps()) {
            choices.add(new RankChoice.Basis(next));
          }
        }
      }
      case RankChoice.Terms(int count) -> {
        int step = distance(Math.max(layer.inputs(), layer.outputs()), search, round);
        for (int sign : new int[] {-1, 1}) {
          // One term is Tucker-2 at ranks of 1.
          if (step > 0 && count + sign * step > 1) {
            choices.add(new RankChoice.Terms(count + sign * step));
          }
        }
      }
      case RankChoice.Train _ -> {
        // Its modes are given.
      }
      case RankChoice.Fraction _, RankChoice.Search _, RankChoice.KeepDense _ -> {
        // Not the ranks of a form.
      }
    }
    return List.copyOf(choices);
  }

  private static void add(Set<RankChoice> choices, Layer layer, int in, int out) {
    boolean inside = in >= 1 && out >= 1 && in <= layer.inputs() && out <= layer.outputs();
    if (inside && (in < layer.inputs() || out < layer.outputs())) {
      choices.add(new RankChoice.Ranks(in, out));
    }
  }

  /// Whether a later round than this one has a finer grid for a layer.
  public static boolean isFiner(Layer layer, Search search, int round) {
    int channels = Math.max(layer.inputs(), layer.outputs());
    boolean decomposable = layer.kind() != LayerKind.DEPTHWISE && layer.kind() != LayerKind.FACTOR;
    return decomposable && distance(channels, search, round) > 0;
  }
}
