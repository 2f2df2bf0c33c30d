package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Value;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Where every value of a graph lives.
///
/// @param placements of all values: inputs, then results in the order of the nodes
/// @param scratch memory of one launch alone, by the first result of its node
/// @param arenaBytes size of the arena
/// @param lowerBound bytes of the arena that live at once at the worst moment: no plan needs less
/// @param naiveBytes size of an arena in which nothing is shared
public record MemoryPlan(
    SequencedMap<Value, Placement> placements,
    Map<Value, Placement.Arena> scratch,
    long arenaBytes,
    long lowerBound,
    long naiveBytes) {
  public MemoryPlan {
    placements = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(placements));
    scratch = Map.copyOf(scratch);
  }

  /// Where a value lives.
  ///
  /// @throws IllegalArgumentException when it is no value of the graph
  public Placement placement(Value value) {
    Placement placement = placements.get(value);
    if (placement == null) {
      throw new IllegalArgumentException(value + " has no place in this memory plan");
    }
    return placement;
  }

  /// A place in a buffer, aliases followed.
  ///
  /// @param buffer an input, an output, the arena or a constant; never an alias
  /// @param owner the value whose buffer it is
  /// @param byteOffset from the start of the input, output, constant, or arena
  public record Address(Placement buffer, Value owner, long byteOffset) {}

  /// Where a value lives, aliases followed.
  public Address address(Value value) {
    return switch (placement(value)) {
      case Placement.Alias(Value of, long offset) -> {
        Address outer = address(of);
        yield new Address(outer.buffer(), outer.owner(), outer.byteOffset() + offset);
      }
      case Placement.Arena arena -> new Address(arena, value, arena.offset());
      case Placement.Input input -> new Address(input, value, 0);
      case Placement.Output output -> new Address(output, value, 0);
      case Placement.Constant constant -> new Address(constant, value, 0);
    };
  }

  /// One line of figures for people.
  public String summary() {
    return "arena %,d bytes (at least %,d; %,d without sharing)"
        .formatted(arenaBytes, lowerBound, naiveBytes);
  }
}
