package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.BasicBlock;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.HotCode;
import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.matrix.MatrixMultiply;
import dev.tuckerc.emulator.operations.matrix.MatrixMultiplyGroup;
import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/// Translates blocks of one function when they have been executed often.
///
/// A translated block has fewer operations that do the same: neighbouring lane operations become
/// one hidden class whose loops over the lanes keep intermediate values in local variables. What
/// can fail, and what ends the block, stays as it is, and so do the counters, which are kept by
/// block.
public final class Translation implements HotCode {
  /// Operations of a block that are executed before its translation pays. A translation costs
  /// compile time of the Java virtual machine, tens of milliseconds; see
  /// docs/decisions/emulator-translation.md.
  public static final long THRESHOLD = 3_000_000;

  /// Blocks of a warp between two that are counted: counting all would make workers wait for each
  /// other.
  private static final int PERIOD = 63;

  /// Operations that take as long as a matrix operation.
  private static final long MATRIX_WORK = 50;

  private final BlockPlan.Source plans;
  private final long threshold;
  private final int period;
  private final AtomicLongArray executed;

  /// By block: what one execution is worth, or 0 where that is not known yet.
  private final long[] work;

  /// @param blocks number of the function's basic blocks
  /// @param threshold operations that a block executes before it is translated
  public Translation(BlockPlan.Source plans, int blocks, long threshold) {
    this.plans = plans;
    this.threshold = threshold;
    this.period = threshold < PERIOD ? 0 : PERIOD;
    this.executed = new AtomicLongArray(blocks);
    this.work = new long[blocks];
  }

  @Override
  public int visited(DecodedFunction function, int block) {
    if (executed.get(block) >= 0) {
      if (executed.addAndGet(block, (period + 1) * work(function, block)) >= threshold) {
        translate(function, block);
      }
    }
    return period;
  }

  private long work(DecodedFunction function, int block) {
    if (work[block] == 0) {
      long sum = 1;
      for (Operation operation : function.blocks[block].operations) {
        sum += operation instanceof MatrixMultiply ? MATRIX_WORK : 1;
      }
      work[block] = sum;
    }
    return work[block];
  }

  private void translate(DecodedFunction function, int block) {
    // Whoever sets the mark translates; the others go on with the old block meanwhile.
    if (executed.getAndSet(block, Long.MIN_VALUE) >= 0) {
      BlockPlan plan = plans.of(block);
      if (plan != null) {
        function.blocks[block] = translated(function, function.blocks[block], plan);
      }
    }
  }

  private static BasicBlock translated(DecodedFunction function, BasicBlock block, BlockPlan plan) {
    List<Schedule.Step> steps = Schedule.of(function, block, plan);
    List<Operation> operations = new ArrayList<>();
    List<SourcePosition> positions = new ArrayList<>();
    Set<Value> live = new HashSet<>(plan.live());
    positions.add(block.positions[block.operations.length]);
    // Backwards, because what is needed later decides what must be written.
    for (Schedule.Step step : steps.reversed()) {
      switch (step) {
        case Schedule.Run(List<LaneOperation> run) -> {
          for (List<LaneOperation> part : parts(run).reversed()) {
            List<Operation> fused = Fusion.fuse(function, part, live);
            part.forEach(operation -> live.remove(Fusion.target(operation)));
            live.addAll(Fusion.exposed(part));
            operations.addAll(fused.reversed());
            positions.addAll(Collections.nCopies(fused.size(), block.positions[0]));
          }
        }
        case Schedule.Kept(BlockPlan.Unit unit) -> {
          if (unit.always()) {
            unit.writes().forEach(live::remove);
          }
          live.addAll(unit.reads());
          Operation[] kept = Schedule.operations(block, unit);
          operations.addAll(List.of(kept).reversed());
          positions.addAll(
              Collections.nCopies(
                  kept.length, block.positions[Math.min(unit.from(), block.operations.length)]));
        }
      }
    }
    Collections.reverse(operations);
    Collections.reverse(positions);
    for (MatrixMultiplyGroup.Placed placed : MatrixMultiplyGroup.find(operations).reversed()) {
      operations.subList(placed.from() + 1, placed.to()).clear();
      positions.subList(placed.from() + 1, placed.to()).clear();
      operations.set(placed.from(), placed.group());
    }
    return block.with(
        operations.toArray(new Operation[0]), positions.toArray(new SourcePosition[0]));
  }

  /// Divides a run where an operation that is done once for the warp reads what the run computes
  /// for each lane, or overwrites what it reads.
  private static List<List<LaneOperation>> parts(List<LaneOperation> run) {
    List<List<LaneOperation>> parts = new ArrayList<>();
    List<LaneOperation> part = new ArrayList<>();
    Set<Value> written = new HashSet<>();
    Set<Value> read = new HashSet<>();
    for (LaneOperation operation : run) {
      boolean uniform = Fusion.uniform(operation);
      if (uniform
          && (read.contains(Fusion.target(operation))
              || Fusion.sources(operation).stream().anyMatch(written::contains))) {
        parts.add(part);
        part = new ArrayList<>();
        written.clear();
        read.clear();
      }
      part.add(operation);
      if (!uniform) {
        written.add(Fusion.target(operation));
        read.addAll(Fusion.sources(operation));
      }
    }
    parts.add(part);
    return parts;
  }
}
