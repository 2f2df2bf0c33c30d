package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.BasicBlock;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.LaneFunction;
import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Predicates;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// An order of a block's instructions in which those that can be fused are neighbours.
///
/// Instructions that access memory, other lanes or anything but registers keep their order among
/// themselves, so that faults and effects are the same.
final class Schedule {
  /// A piece of the result.
  sealed interface Step {}

  /// Lane operations to fuse.
  record Run(List<LaneOperation> operations) implements Step {}

  /// Operations that stay as they are.
  record Kept(BlockPlan.Unit unit) implements Step {}

  private enum Kind {
    FUSIBLE,
    /// Works on registers alone.
    MOVABLE,
    ORDERED
  }

  private final DecodedFunction function;
  private final BasicBlock block;
  private final List<BlockPlan.Unit> units;
  private final List<Kind> kinds = new ArrayList<>();
  private final List<List<Integer>> followers = new ArrayList<>();
  private final int[] waitingFor;
  private final List<TreeSet<Integer>> ready = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  private Schedule(DecodedFunction function, BasicBlock block, BlockPlan plan) {
    this.function = function;
    this.block = block;
    this.units = plan.units();
    this.waitingFor = new int[units.size()];
    for (Kind _ : Kind.values()) {
      ready.add(new TreeSet<>());
    }
  }

  static List<Step> of(DecodedFunction function, BasicBlock block, BlockPlan plan) {
    Schedule schedule = new Schedule(function, block, plan);
    schedule.depend();
    schedule.order();
    return schedule.steps;
  }

  private Operation[] operations(int unit) {
    return operations(block, units.get(unit));
  }

  /// The operations of an instruction.
  static Operation[] operations(BasicBlock block, BlockPlan.Unit unit) {
    int end = Math.min(unit.to(), block.operations.length);
    return java.util.Arrays.copyOfRange(block.operations, Math.min(unit.from(), end), end);
  }

  private Kind kind(int unit) {
    boolean fusible = true;
    for (Operation operation : operations(unit)) {
      switch (operation) {
        case LaneOperation lane ->
            fusible &=
                lane.function().mode() != LaneFunction.Mode.VECTOR
                    || VectorForms.vectorizable(lane, s -> constant(function, lane, s));
        case Predicates _ -> fusible = false;
        default -> {
          return Kind.ORDERED;
        }
      }
    }
    return fusible ? Kind.FUSIBLE : Kind.MOVABLE;
  }

  /// Whether a source of an operation is a constant.
  static boolean constant(DecodedFunction function, LaneOperation operation, int source) {
    return constant(
        function, new Value(operation.function().sources().get(source), operation.source(source)));
  }

  static boolean constant(DecodedFunction function, Value value) {
    return switch (value.home()) {
      case INT -> function.intConstants[value.slot()] != null;
      case FLOAT -> function.floatConstants[value.slot()] != null;
      case LONG -> function.longConstants[value.slot()] != null;
      case DOUBLE -> function.doubleConstants[value.slot()] != null;
      case PREDICATE -> value.slot() < 2;
    };
  }

  /// Finds which instructions must stay before which.
  private void depend() {
    Map<Value, Integer> writer = new HashMap<>();
    Map<Value, List<Integer>> readers = new HashMap<>();
    int ordered = -1;
    for (int u = 0; u < units.size(); u++) {
      followers.add(new ArrayList<>());
      kinds.add(kind(u));
      BlockPlan.Unit unit = units.get(u);
      for (Value value : unit.reads()) {
        follow(writer.getOrDefault(value, -1), u);
        readers.computeIfAbsent(value, _ -> new ArrayList<>()).add(u);
      }
      for (Value value : unit.writes()) {
        follow(writer.getOrDefault(value, -1), u);
        for (int reader : readers.getOrDefault(value, List.of())) {
          follow(reader, u);
        }
        writer.put(value, u);
        readers.put(value, new ArrayList<>());
      }
      if (kinds.get(u) == Kind.ORDERED) {
        follow(ordered, u);
        ordered = u;
      }
    }
    for (int u = 0; u < units.size(); u++) {
      if (waitingFor[u] == 0) {
        ready.get(kinds.get(u).ordinal()).add(u);
      }
    }
  }

  private void follow(int before, int after) {
    if (before >= 0 && before != after) {
      followers.get(before).add(after);
      waitingFor[after]++;
    }
  }

  private int take(Kind kind) {
    Integer first = ready.get(kind.ordinal()).pollFirst();
    if (first == null) {
      return -1;
    }
    for (int after : followers.get(first)) {
      if (--waitingFor[after] == 0) {
        ready.get(kinds.get(after).ordinal()).add(after);
      }
    }
    return first;
  }

  private void order() {
    boolean more = true;
    while (more) {
      more = false;
      List<LaneOperation> run = new ArrayList<>();
      for (int u = take(Kind.FUSIBLE); u >= 0; u = take(Kind.FUSIBLE)) {
        more = true;
        for (Operation operation : operations(u)) {
          run.add((LaneOperation) operation);
        }
      }
      if (!run.isEmpty()) {
        steps.add(new Run(run));
      }
      for (Kind kind : List.of(Kind.MOVABLE, Kind.ORDERED)) {
        for (int u = take(kind); u >= 0; u = take(kind)) {
          more = true;
          steps.add(new Kept(units.get(u)));
        }
      }
    }
  }
}
