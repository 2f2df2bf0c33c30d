package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.operations.Value;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the registers of a basic block's instructions are, and which matter after it.
///
/// @param units its instructions in order, without the one that ends it
/// @param live registers that the terminator or a later block may read
public record BlockPlan(List<Unit> units, Set<Value> live) {
  public BlockPlan {
    units = List.copyOf(units);
    live = Set.copyOf(live);
  }

  /// The operations of one instruction.
  ///
  /// @param from its first operation in the block
  /// @param to the end of its operations, exclusive
  /// @param reads registers it reads
  /// @param writes registers it writes
  /// @param always whether it writes them for every active lane
  public record Unit(int from, int to, List<Value> reads, List<Value> writes, boolean always) {
    public Unit {
      reads = List.copyOf(reads);
      writes = List.copyOf(writes);
    }
  }

  /// Makes the plan of a block, when it is needed.
  public interface Source {
    /// The plan of the block with an index, or null where the block must stay as it is.
    @Nullable BlockPlan of(int block);
  }
}
