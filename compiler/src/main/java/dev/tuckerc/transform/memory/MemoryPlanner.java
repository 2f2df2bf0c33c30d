package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/// Plans the memory of a graph whose nodes run one after the other.
///
/// A value lives from the node that computes it, or the first part of it, to the last node that
/// reads it or one of its aliases, both included. Values that live at different times may share
/// bytes of the arena; each gets the smallest gap that fits between those that live with it and are
/// placed already. Largest values first is the order that mostly needs the least; a few others are
/// tried, and the best of them is taken.
public final class MemoryPlanner {
  private static final Comparator<Block> BY_SIZE =
      Comparator.comparingLong(Block::bytes).reversed();
  private static final Comparator<Block> BY_START = Comparator.comparingInt(Block::first);
  private static final Comparator<Block> BY_AREA =
      Comparator.<Block>comparingLong(b -> b.bytes() * (b.last() - b.first() + 1L)).reversed();
  private static final List<Comparator<Block>> ORDERS =
      List.of(BY_SIZE.thenComparing(BY_START), BY_START.thenComparing(BY_SIZE), BY_AREA);

  private MemoryPlanner() {}

  /// Bytes of the arena that are taken from one node to another.
  ///
  /// @param value whose memory it is
  /// @param scratch whether it is what the launch that computes the value needs beside it
  /// @param bytes a multiple of the alignment
  /// @param first index of the node that computes the value, or the first part of it
  /// @param last index of the last node that reads it
  private record Block(Value value, boolean scratch, long bytes, int first, int last) {
    boolean livesWith(Block other) {
      return first <= other.last && other.first <= last;
    }
  }

  /// A plan for a graph of known shapes, whose outputs have storage of their own ([OwnOutputs]).
  ///
  /// @throws IrException when an extent is symbolic, or an output is not computed by a node
  public static MemoryPlan plan(Graph graph) {
    return plan(graph, Map.of());
  }

  /// A plan in which some launches have memory of their own.
  ///
  /// @param scratch bytes of it, by the first result of the launch's node
  /// @throws IrException when an extent is symbolic, or an output is not computed by a node
  public static MemoryPlan plan(Graph graph, Map<Value, Long> scratch) {
    Aliases aliases = Aliases.of(graph);
    OutputBuffers outputs = OutputBuffers.of(graph, aliases);
    for (int index = 0; index < graph.outputs().size(); index++) {
      if (!outputs.isServed(index)) {
        throw new IrException(
            "output '"
                + graph.outputs().get(index).name()
                + "' has no storage of its own: run the pass own-outputs first");
      }
    }
    List<Block> blocks = blocks(graph, aliases, outputs);
    blocks.addAll(scratch(graph, scratch));
    Map<Block, Long> offsets = Map.of();
    long arena = Long.MAX_VALUE;
    for (Comparator<Block> order : ORDERS) {
      Map<Block, Long> candidate = place(blocks.stream().sorted(order).toList());
      long size = end(blocks, candidate);
      if (size < arena) {
        arena = size;
        offsets = candidate;
      }
    }
    return new MemoryPlan(
        placements(graph, aliases, outputs, offsets(offsets, false)),
        scratchPlacements(offsets(offsets, true), scratch),
        arena,
        lowerBound(blocks),
        blocks.stream().mapToLong(Block::bytes).sum());
  }

  /// Bytes of the arena that are alive while each node of a graph runs.
  public static List<Long> liveBytes(Graph graph) {
    Aliases aliases = Aliases.of(graph);
    List<Block> blocks = blocks(graph, aliases, OutputBuffers.of(graph, aliases));
    List<Long> live = new ArrayList<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      int moment = index;
      live.add(
          blocks.stream()
              .filter(block -> block.first <= moment && moment <= block.last)
              .mapToLong(Block::bytes)
              .sum());
    }
    return live;
  }

  private static List<Block> blocks(Graph graph, Aliases aliases, OutputBuffers outputs) {
    Map<Value, Integer> firstUse = new LinkedHashMap<>();
    Map<Value, Integer> lastUse = new HashMap<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      if (node.op() instanceof Constant || aliases.free().containsAll(node.results())) {
        continue;
      }
      for (Value result : node.results()) {
        Value root = aliases.storageOf(result).root();
        firstUse.putIfAbsent(root, index);
        lastUse.put(root, index);
      }
      for (Value operand : node.op().operands()) {
        lastUse.put(aliases.storageOf(operand).root(), index);
      }
    }
    List<Block> blocks = new ArrayList<>();
    firstUse.forEach((value, first) -> {
      if (!outputs.indices().containsKey(value)) {
        int last = Objects.requireNonNull(lastUse.get(value));
        blocks.add(new Block(value, false, aligned(value.type().bytes()), first, last));
      }
    });
    return blocks;
  }

  private static List<Block> scratch(Graph graph, Map<Value, Long> scratch) {
    List<Block> blocks = new ArrayList<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      Value result = graph.nodes().get(index).results().getFirst();
      Long bytes = scratch.get(result);
      if (bytes != null) {
        blocks.add(new Block(result, true, aligned(bytes), index, index));
      }
    }
    return blocks;
  }

  private static Map<Value, Long> offsets(Map<Block, Long> offsets, boolean scratch) {
    Map<Value, Long> chosen = new HashMap<>();
    offsets.forEach((block, offset) -> {
      if (block.scratch == scratch) {
        chosen.put(block.value, offset);
      }
    });
    return chosen;
  }

  private static Map<Value, Placement.Arena> scratchPlacements(
      Map<Value, Long> offsets, Map<Value, Long> scratch) {
    Map<Value, Placement.Arena> placements = new HashMap<>();
    offsets.forEach((value, offset) ->
        placements.put(
            value, new Placement.Arena(offset, Objects.requireNonNull(scratch.get(value)))));
    return placements;
  }

  private static Map<Block, Long> place(List<Block> blocks) {
    Map<Block, Long> offsets = new HashMap<>();
    List<Block> placed = new ArrayList<>();
    for (Block block : blocks) {
      List<Block> neighbours = new ArrayList<>(placed.stream().filter(block::livesWith).toList());
      neighbours.sort(Comparator.comparingLong(b -> offset(offsets, b)));
      long end = 0;
      long best = -1;
      long bestGap = Long.MAX_VALUE;
      for (Block neighbour : neighbours) {
        long gap = offset(offsets, neighbour) - end;
        if (gap >= block.bytes && gap < bestGap) {
          best = end;
          bestGap = gap;
        }
        end = Math.max(end, offset(offsets, neighbour) + neighbour.bytes);
      }
      offsets.put(block, best >= 0 ? best : end);
      placed.add(block);
    }
    return offsets;
  }

  private static long offset(Map<Block, Long> offsets, Block block) {
    return Objects.requireNonNull(offsets.get(block));
  }

  private static long end(List<Block> blocks, Map<Block, Long> offsets) {
    return blocks.stream().mapToLong(b -> offset(offsets, b) + b.bytes).max().orElse(0);
  }

  private static long lowerBound(List<Block> blocks) {
    return blocks.stream()
        .mapToLong(moment ->
            blocks.stream()
                .filter(b -> b.first <= moment.first && moment.first <= b.last)
                .mapToLong(Block::bytes)
                .sum())
        .max()
        .orElse(0);
  }

  private static SequencedMap<Value, Placement> placements(
      Graph graph, Aliases aliases, OutputBuffers outputs, Map<Value, Long> offsets) {
    SequencedMap<Value, Placement> placements = new LinkedHashMap<>();
    for (int index = 0; index < graph.inputs().size(); index++) {
      placements.put(graph.inputs().get(index), new Placement.Input(index));
    }
    for (Node node : graph.nodes()) {
      for (Value value : node.results()) {
        Aliases.Storage storage = aliases.storageOf(value);
        Integer output = outputs.indices().get(value);
        if (storage.root() != value) {
          placements.put(value, new Placement.Alias(storage.root(), storage.byteOffset()));
        } else if (node.op() instanceof Constant) {
          placements.put(value, new Placement.Constant());
        } else if (output != null) {
          placements.put(value, new Placement.Output(output));
        } else {
          long offset = Objects.requireNonNull(offsets.get(value));
          placements.put(value, new Placement.Arena(offset, value.type().bytes()));
        }
      }
    }
    return placements;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, Aliases.ALIGNMENT) * Aliases.ALIGNMENT;
  }
}
