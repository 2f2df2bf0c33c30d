package dev.tuckerc.training.penni;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.training.model.TrainableModel;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Removes the channels that decide nothing, to a fixed point (PENNI, step 4), and splits the
/// factored layers into basis and coefficients.
///
/// A channel goes when no filter reads it, or when it has one number everywhere: that number is
/// carried into the biases of the filters that read it. Where such a filter pads its input, the
/// number does not reach the border like a bias would; there all uniform channels of a group are
/// merged into one of them, which stays. Around a residual sum a channel goes only when it can go
/// from all sides. Outputs are those of the graph before, but for rounding.
public final class Shrinking {
  private final Graph graph;
  private final Map<Value, Constant> constants = new IdentityHashMap<>();
  private final Map<Node, Filter> filters = new IdentityHashMap<>();
  private final ChannelGroups groups;

  /// The channels of each free group that are gone, by the group's root.
  private final Map<Value, Set<Integer>> removed = new IdentityHashMap<>();

  private Shrinking(Graph graph, Map<Value, SharedBasis> bases) {
    this.graph = graph;
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        constants.put(node.result(), constant);
      }
    }
    for (Node node : graph.nodes()) {
      Filter.of(node, constants, bases).ifPresent(filter -> filters.put(node, filter));
    }
    this.groups = new ChannelGroups(graph, constants, filters);
  }

  /// A graph without its dead channels.
  ///
  /// @param dense what it would have with every layer dense
  /// @param after what it has
  public record Result(Graph graph, Size dense, Size after) {}

  /// What a model has of each.
  ///
  /// @param channels between its layers, where channels can go
  /// @param weights of convolutions and products that are not zero, bases included
  /// @param multiplyAccumulates of one sample, those with a zero left out; 0 where an extent is
  ///   open
  public record Size(long channels, long weights, long multiplyAccumulates) {}

  /// The trained model, smaller and with its factored layers as pairs.
  public static Result of(TrainableModel model, Penni method) {
    return of(model.graph(), method.bases());
  }

  /// @param bases of weights of the graph
  static Result of(Graph graph, Map<Value, SharedBasis> bases) {
    Shrinking shrinking = new Shrinking(graph, bases);
    Size dense = shrinking.denseSize();
    boolean changed = true;
    while (changed) {
      changed = shrinking.pass();
    }
    Graph smaller =
        new Rebuilding(graph, shrinking.filters, shrinking.groups, shrinking.kept()).run();
    return new Result(smaller, dense, shrinking.size());
  }

  /// Looks at every group once.
  ///
  /// @return whether a channel went
  private boolean pass() {
    UniformChannels uniform = UniformChannels.of(graph, constants, filters);
    boolean changed = false;
    for (Map.Entry<Value, List<Filter>> group : freeGroups().entrySet()) {
      changed |= shrink(group.getKey(), group.getValue(), uniform);
    }
    return changed;
  }

  /// The free groups that filters write, with the filters that read them.
  private Map<Value, List<Filter>> freeGroups() {
    Map<Value, List<Filter>> readers = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      Filter filter = filters.get(node);
      if (filter != null && groups.isFree(node.result())) {
        readers.putIfAbsent(groups.root(node.result()), new ArrayList<>());
      }
    }
    for (Node node : graph.nodes()) {
      Filter filter = filters.get(node);
      List<Filter> list = filter == null ? null : readers.get(groups.root(filter.input()));
      if (filter != null && list != null) {
        list.add(filter);
      }
    }
    return readers;
  }

  private boolean shrink(Value root, List<Filter> readers, UniformChannels uniform) {
    Set<Integer> gone = removed.computeIfAbsent(root, _ -> new TreeSet<>());
    int channels = Math.toIntExact(root.shape().extent(1));
    List<Integer> needHost = new ArrayList<>();
    int before = gone.size();
    for (int channel = 0; channel < channels; channel++) {
      if (gone.contains(channel) || gone.size() == channels - 1) {
        continue;
      }
      boolean removable = true;
      boolean hosted = true;
      for (Filter reader : readers) {
        double number = numberRead(reader, channel, uniform);
        removable &= number == 0 || !Double.isNaN(number) && !reader.pads();
        hosted &= !Double.isNaN(number);
      }
      if (removable) {
        remove(root, channel, -1, readers, uniform);
      } else if (hosted) {
        needHost.add(channel);
      }
    }
    for (int i = 1; i < needHost.size(); i++) {
      int host = needHost.getFirst();
      int channel = needHost.get(i);
      if (readers.stream().allMatch(reader -> canHost(reader, host, channel, uniform))) {
        remove(root, channel, host, readers, uniform);
      }
    }
    return gone.size() > before;
  }

  /// What a filter reads of a channel: 0 for nothing, NaN for what is not uniform.
  private static double numberRead(Filter reader, int channel, UniformChannels uniform) {
    return reader.weight().isUnread(channel) ? 0 : uniform.of(reader.input(), channel);
  }

  private static boolean canHost(Filter reader, int host, int channel, UniformChannels uniform) {
    double own = uniform.of(reader.input(), host);
    return !reader.pads()
        || numberRead(reader, channel, uniform) == 0
        || own != 0 && !Double.isNaN(own);
  }

  /// @param host the channel that padding filters read in its place; -1 where none does
  private void remove(
      Value root, int channel, int host, List<Filter> readers, UniformChannels uniform) {
    for (Filter reader : readers) {
      double number = numberRead(reader, channel, uniform);
      if (number != 0 && reader.pads()) {
        reader.weight().merge(channel, host, number / uniform.of(reader.input(), host));
      } else if (number != 0) {
        for (int output = 0; output < reader.bias().length; output++) {
          reader.bias()[output] += number * reader.weight().sum(output, channel);
        }
      }
      reader.weight().clearInput(channel);
    }
    for (Filter filter : filters.values()) {
      if (groups.root(filter.node().result()) == root) {
        filter.weight().clearOutput(channel);
      }
    }
    removed.computeIfAbsent(root, _ -> new TreeSet<>()).add(channel);
  }

  /// The channels that are left of each free group, by its root.
  private Map<Value, int[]> kept() {
    Map<Value, int[]> kept = new IdentityHashMap<>();
    removed.forEach((root, gone) -> {
      int channels = Math.toIntExact(root.shape().extent(1));
      kept.put(
          root,
          java.util.stream.IntStream.range(0, channels).filter(c -> !gone.contains(c)).toArray());
    });
    return kept;
  }

  private Size denseSize() {
    long channels = 0;
    for (Value root : freeGroups().keySet()) {
      channels += root.shape().extent(1);
    }
    long weights = 0;
    long products = 0;
    for (Filter filter : filters.values()) {
      SharedBasis weight = filter.weight();
      long own = (long) weight.outputs() * weight.inputs() * weight.taps();
      weights += own;
      products += own * positions(filter.node().result());
    }
    return new Size(channels, weights, products);
  }

  private Size size() {
    long channels = 0;
    for (Value root : freeGroups().keySet()) {
      channels += root.shape().extent(1) - removed.getOrDefault(root, Set.of()).size();
    }
    long weights = 0;
    long products = 0;
    for (Filter filter : filters.values()) {
      SharedBasis weight = filter.weight();
      long basis = filter.isFactored() ? (long) weight.kernels() * weight.taps() : 0;
      long inputs =
          weight.inputs() - removed.getOrDefault(groups.root(filter.input()), Set.of()).size();
      long positions = positions(filter.node().result());
      weights += weight.nonzeros() + basis;
      products += (weight.nonzeros() + inputs * basis) * positions;
    }
    return new Size(channels, weights, products);
  }

  private static long positions(Value result) {
    long positions = 1;
    for (int axis = 2; axis < result.shape().rank(); axis++) {
      positions *= result.shape().dim(axis).isKnown() ? result.shape().extent(axis) : 0;
    }
    return positions;
  }
}
