package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Independent thread scheduling: the lanes of a warp as strands, each a set of lanes at one place.
///
/// A warp normally follows its divergence stack, which is fast, but lets one side of a branch wait
/// for ever for what the other would do. When that seems to happen (a side runs very long, every
/// warp waits, or a `.sync` instruction names lanes that are elsewhere) the stack is taken apart
/// into strands. They run in turn, and those that meet at the start of a block with the same
/// callers become one.
final class Strands {
  private static final int SLICE = 256;

  private enum State {
    READY,
    AT_BARRIER,
    AT_SYNC
  }

  private static final class Strand {
    Frame frame;
    State state = State.READY;
    String waitingFor = "";
    @Nullable SourcePosition position;
    int ran;

    Strand(Frame frame) {
      this.frame = frame;
    }

    int lanes() {
      return frame.masks[0];
    }

    int block() {
      return frame.blocks[0];
    }
  }

  private final Warp warp;

  /// Where lanes run ahead of each other at random.
  private final @Nullable SplittableRandom interleaving;

  private final List<Strand> strands = new ArrayList<>();
  private Strand current;

  /// Takes the stack of a warp apart.
  ///
  /// @param top the current frame
  /// @param waiting lanes that wait for something
  /// @param what for what, in words
  /// @param position where
  Strands(Warp warp, Frame top, int waiting, String what, SourcePosition position) {
    this.warp = warp;
    Block block = warp.block;
    this.interleaving =
        block.launch.interleaving
            ? new SplittableRandom(
                block.launch.seed
                    + 31L * (block.x + 31L * (block.y + 31L * (block.z + 31L * warp.index))))
            : null;
    int covered = 0;
    Frame above = null;
    for (Frame frame = top; frame != null; frame = frame.caller) {
      for (int entry = frame.depth; entry >= 0; entry--) {
        int lanes = frame.masks[entry] & ~covered;
        int place = entry == frame.depth && above != null ? above.returnBlock : frame.blocks[entry];
        // A lane that waits has already moved on to the next block, and may be back with others.
        add(frame, lanes & ~waiting, place);
        Strand strand = add(frame, lanes & waiting, place);
        if (strand != null) {
          strand.state = State.AT_BARRIER;
          strand.waitingFor = what;
          strand.position = position;
        }
        covered |= frame.masks[entry];
      }
      above = frame;
    }
    current = strands.getFirst();
  }

  private @Nullable Strand add(Frame frame, int lanes, int block) {
    if (lanes == 0) {
      return null;
    }
    Frame copy = frame.view(lanes);
    copy.blocks[0] = block;
    Strand strand = new Strand(copy);
    strands.add(strand);
    return strand;
  }

  /// Runs strands in turn for about `quantum` basic blocks.
  void run(int quantum) {
    for (int steps = 0; steps < quantum; steps++) {
      Strand next = interleaving == null ? choose() : chooseAny(interleaving);
      if (next == null) {
        warp.state = strands.isEmpty() ? Warp.State.DONE : Warp.State.WAITING;
        return;
      }
      current = next;
      next.ran++;
      warp.convergence.checkDetours(next.frame, next.lanes());
      if (next.frame.function.blocks[next.block()].memberSlot >= 0) {
        warp.convergence.endDetours(next.lanes());
      }
      warp.enter(next.frame);
      warp.wide = strands.size() == 1 ? next.lanes() : 0;
      warp.yielded = false;
      warp.step();
      settle();
    }
  }

  /// The strand to run: the earliest in the program, so that others catch up and merge, unless it
  /// has run much more than another.
  private @Nullable Strand choose() {
    Strand best = null;
    Strand hungry = null;
    for (Strand strand : strands) {
      if (strand.state == State.AT_BARRIER) {
        continue;
      }
      strand.state = complete(strand) ? State.READY : State.AT_SYNC;
      if (strand.state == State.AT_SYNC) {
        continue;
      }
      if (best == null || strand.block() < best.block()) {
        best = strand;
      }
      if (hungry == null || strand.ran < hungry.ran) {
        hungry = strand;
      }
    }
    return best != null && hungry != null && best.ran - hungry.ran > SLICE ? hungry : best;
  }

  /// Any strand that can run. Where it is about to access `volatile` memory, perhaps only some of
  /// its lanes: the others come later.
  private @Nullable Strand chooseAny(SplittableRandom random) {
    List<Strand> runnable = new ArrayList<>();
    for (Strand strand : strands) {
      if (strand.state != State.AT_BARRIER) {
        strand.state = complete(strand) ? State.READY : State.AT_SYNC;
        if (strand.state == State.READY) {
          runnable.add(strand);
        }
      }
    }
    if (runnable.isEmpty()) {
      return null;
    }
    Strand chosen = runnable.get(random.nextInt(runnable.size()));
    BasicBlock block = chosen.frame.function.blocks[chosen.block()];
    int first = chosen.lanes() & random.nextInt();
    if (block.volatileAccess
        && !block.exchanging
        && random.nextBoolean()
        && first != 0
        && first != chosen.lanes()) {
      add(chosen.frame, chosen.lanes() & ~first, chosen.block());
      chosen.frame.restrict(first);
    }
    return chosen;
  }

  /// After a block: merges strands that have met.
  private void settle() {
    if (warp.yielded) {
      current.ran += SLICE;
    }
    if (warp.frame != current.frame && strands.contains(current)) {
      current.frame = warp.frame;
    }
    strands.removeIf(s -> s.frame.depth < 0 || s.lanes() == 0);
    for (int a = 0; a < strands.size(); a++) {
      for (int b = strands.size() - 1; b > a; b--) {
        Strand one = strands.get(a);
        Strand other = strands.get(b);
        if (one.state != State.AT_BARRIER
            && other.state != State.AT_BARRIER
            && Frame.samePlace(one.frame, other.frame)) {
          one.frame.join(other.frame);
          one.ran = Math.max(one.ran, other.ran);
          strands.remove(b);
        }
      }
    }
  }

  /// Whether all live lanes that the block's `.sync` instruction names are there.
  private boolean complete(Strand strand) {
    BasicBlock block = strand.frame.function.blocks[strand.block()];
    if (block.memberSlot < 0 && !block.exchanging) {
      return true;
    }
    return missing(strand, block) == 0;
  }

  /// Live lanes that the block's `.sync` instruction needs and that are not there.
  private int missing(Strand strand, BasicBlock block) {
    int present = strand.lanes();
    if (block.memberSlot < 0) {
      return warp.live & ~present;
    }
    int members = Warp.membersAt(block, strand.frame.i, present) & warp.live;
    if (block.warpBarrier) {
      // bar.warp.sync may be a different instruction for different lanes.
      for (Strand other : strands) {
        BasicBlock place = other.frame.function.blocks[other.block()];
        if (other.state != State.AT_BARRIER && place.warpBarrier) {
          present |= other.lanes();
        }
      }
    }
    return members & ~present;
  }

  /// Divides the current strand at a branch.
  void split(int[] masks, int[] targets) {
    Frame frame = current.frame;
    boolean first = true;
    for (int t = 0; t < masks.length; t++) {
      if (masks[t] == 0) {
        continue;
      }
      Frame side = first ? null : frame.view(masks[t]);
      if (side != null) {
        side.blocks[0] = targets[t];
        Strand strand = new Strand(side);
        strand.ran = current.ran;
        strands.add(strand);
      }
      first = false;
    }
    int kept = 0;
    while (masks[kept] == 0) {
      kept++;
    }
    frame.restrict(masks[kept]);
    frame.blocks[0] = targets[kept];
    warp.mask = masks[kept];
  }

  /// The current strand waits at a barrier.
  void waitAt(String what, SourcePosition position) {
    current.state = State.AT_BARRIER;
    current.waitingFor = what;
    current.position = position;
  }

  /// Lanes are released from a barrier.
  void release(int lanes) {
    for (Strand strand : strands) {
      if (strand.state == State.AT_BARRIER && (strand.lanes() & lanes) != 0) {
        strand.state = State.READY;
      }
    }
    warp.state = Warp.State.READY;
  }

  /// What the strands wait for, in words.
  String describe() {
    return strands.stream().map(this::describe).collect(Collectors.joining("; "));
  }

  private String describe(Strand strand) {
    BasicBlock block = strand.frame.function.blocks[strand.block()];
    String lanes = "lanes " + Standstill.hex(strand.lanes());
    return switch (strand.state) {
      case READY -> lanes + " are at " + block.positions[0];
      case AT_BARRIER -> lanes + " wait at " + strand.waitingFor + " at " + strand.position;
      case AT_SYNC ->
          lanes
              + " wait at "
              + block.positions[0]
              + " for lanes "
              + Standstill.hex(missing(strand, block))
              + ", which take part there";
    };
  }
}
