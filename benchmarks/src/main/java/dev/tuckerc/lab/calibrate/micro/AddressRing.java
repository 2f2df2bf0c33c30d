package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.device.DeviceBuffer;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/// Nodes in device memory, each holding the address of the next, in one random ring.
///
/// @param order the nodes' places in the order of the ring, the ring's start first
/// @param spacing bytes from one place to the next
record AddressRing(DeviceBuffer buffer, int[] order, int spacing) {
  private static final int PIECE = 1 << 22;
  private static final long SEED = 20;

  /// @param spacing bytes, a multiple of 8
  static AddressRing of(Workbench bench, String label, int nodes, int spacing) {
    DeviceBuffer buffer = bench.scratch(label, (long) nodes * spacing);
    // A random order of all places, beginning with place 0, is a random ring.
    int[] order = new int[nodes];
    Random random = new Random(SEED);
    for (int i = 1; i < nodes; i++) {
      int other = 1 + random.nextInt(i);
      order[i] = order[other];
      order[other] = i;
    }
    int[] next = new int[nodes];
    for (int i = 0; i < nodes; i++) {
      next[order[i]] = order[(i + 1) % nodes];
    }
    int words = spacing / Long.BYTES;
    int nodesPerPiece = Math.max(1, PIECE / spacing);
    for (int first = 0; first < nodes; first += nodesPerPiece) {
      int count = Math.min(nodesPerPiece, nodes - first);
      long[] piece = new long[count * words];
      for (int i = 0; i < count; i++) {
        piece[i * words] = buffer.address() + (long) next[first + i] * spacing;
      }
      bench.device().upload(buffer, (long) first * spacing, MemorySegment.ofArray(piece));
    }
    return new AddressRing(buffer, order, spacing);
  }

  int nodes() {
    return order.length;
  }

  /// Byte offset of the node that is this many steps from the ring's start.
  long offset(int steps) {
    return (long) order[steps % order.length] * spacing;
  }

  /// The 8-byte element at which a walk ends.
  ///
  /// @param start steps from the ring's start to where it begins
  long elementAfter(int start, int steps) {
    return offset((int) (((long) start + steps) % order.length)) / Long.BYTES;
  }
}
