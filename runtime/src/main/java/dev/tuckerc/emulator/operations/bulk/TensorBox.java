package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.memory.Atomic;
import dev.tuckerc.emulator.operations.memory.Pieces;
import dev.tuckerc.emulator.operations.memory.Reduction;
import dev.tuckerc.emulator.operations.memory.Space;

/// A box of a tensor at given coordinates: moves it between global memory and shared memory.
///
/// In shared memory the box is dense, dimension 0 fastest; with a swizzle, 16-byte pieces are
/// permuted within each 128-byte line by the line's number (PTX ISA, "Swizzling modes").
final class TensorBox {
  private static final int PIECE = 16;

  private final EncodedTensorMap map;
  private final int[] at;
  private final int lane;
  private final String what;

  /// First and past-the-last element along dimension 0 that lie inside the tensor.
  private final int from;

  private final int to;

  /// Rows of the box that lie inside the tensor.
  private final int[] rows;

  private final long[] rowAddresses;

  /// @param at coordinates of the first element
  /// @param shift added to every pixel's coordinates, where the map is one of pixels
  TensorBox(EncodedTensorMap map, int[] at, int[] shift, int lane, String what) {
    this.map = map;
    this.at = at;
    this.lane = lane;
    this.what = what;
    this.from = (int) Math.clamp(-(long) at[0], 0, map.box()[0]);
    this.to = (int) Math.clamp(map.extents()[0] - at[0], from, map.box()[0]);
    int[] inside = new int[map.rows()];
    long[] addresses = new long[inside.length];
    int count = 0;
    int[] pixel = at.clone();
    for (int row = 0; row < inside.length && from < to; row++) {
      long address;
      if (map.pixels() > 0) {
        address = pixelAddress(pixel, shift);
        advance(pixel);
      } else {
        address = address(row);
      }
      if (address >= 0) {
        inside[count] = row;
        addresses[count++] = address;
      }
    }
    rows = java.util.Arrays.copyOf(inside, count);
    rowAddresses = addresses;
  }

  /// Bytes of the whole box, whether inside the tensor or not.
  int bytes() {
    return map.rows() * map.rowBytes();
  }

  /// Address of the first element of a row that is inside, or -1 where the row is outside.
  private long address(int row) {
    long address = map.address() + (at[0] + (long) from) * map.strides()[0];
    int rest = row;
    for (int i = 1; i < map.rank(); i++) {
      long coordinate = at[i] + (long) (rest % map.elements(i)) * map.steps()[i];
      rest /= map.elements(i);
      if (coordinate < 0 || coordinate >= map.extents()[i]) {
        return -1;
      }
      address += coordinate * map.strides()[i];
    }
    return address;
  }

  /// Address of a pixel's first channel that is inside, or -1 where the pixel is outside.
  private long pixelAddress(int[] pixel, int[] shift) {
    long address = map.address() + (at[0] + (long) from) * map.strides()[0];
    for (int i = 1; i < map.rank(); i++) {
      long coordinate = (long) pixel[i] + shift[i];
      if (coordinate < 0 || coordinate >= map.extents()[i]) {
        return -1;
      }
      address += coordinate * map.strides()[i];
    }
    return address;
  }

  /// Goes to the next pixel of the bounding box: along a row, to the next row, the next image.
  private void advance(int[] pixel) {
    int image = map.rank() - 1;
    for (int i = 1; i < image; i++) {
      pixel[i] += map.steps()[i];
      if (pixel[i] <= map.extents()[i] - 1 + map.upper()[i - 1]) {
        return;
      }
      pixel[i] = map.lower()[i - 1];
    }
    pixel[image]++;
  }

  /// Reads the box from global memory; outside the tensor it is filled.
  byte[] fetch(Warp warp) {
    byte[] content = new byte[bytes()];
    if (map.fill() == Fill.NAN) {
      fillWithNan(content);
    }
    global(
        warp,
        false,
        (row, memory, offset) ->
            System.arraycopy(memory, offset, content, place(row), bytesInside()));
    return content;
  }

  /// Writes the part of the box that is inside the tensor to global memory.
  void put(Warp warp, byte[] content) {
    global(
        warp,
        true,
        (row, memory, offset) ->
            System.arraycopy(content, place(row), memory, offset, bytesInside()));
  }

  /// Combines the part of the box that is inside the tensor with global memory.
  void reduce(Warp warp, byte[] content, Atomic.Kind kind) {
    Reduction reduction = new Reduction(kind, elementType(kind));
    visit(
        warp,
        inGlobal(true).as(MemoryOrder.ATOMIC),
        (row, memory, offset) ->
            reduction.apply(content, place(row), memory, offset, bytesInside()));
  }

  private String elementType(Atomic.Kind kind) {
    String type =
        switch (map.type()) {
          case UINT8 -> "u8";
          case UINT16 -> "u16";
          case UINT32 -> "u32";
          case INT32 -> "s32";
          case UINT64 -> "u64";
          case INT64 -> "s64";
          case FLOAT16 -> "f16";
          case FLOAT32 -> "f32";
          case FLOAT64 -> "f64";
          case BFLOAT16 -> "bf16";
        };
    if (!kind.reduces(type)) {
      throw new Fault(lane, what + " has no reduction " + kind + " of " + map.type() + " elements");
    }
    return type;
  }

  private int bytesInside() {
    return (to - from) * map.type().bytes();
  }

  private int place(int insideRow) {
    return rows[insideRow] * map.rowBytes() + from * map.type().bytes();
  }

  private void global(Warp warp, boolean store, Pieces.Visitor visitor) {
    visit(warp, inGlobal(store), visitor);
  }

  private Pieces inGlobal(boolean store) {
    return new Pieces(Space.GLOBAL, bytesInside(), map.type().bytes(), store, lane, what);
  }

  private void visit(Warp warp, Pieces pieces, Pieces.Visitor visitor) {
    if (rows.length > 0) {
      pieces.visit(warp, rows.length, row -> rowAddresses[row], visitor);
    }
  }

  private void fillWithNan(byte[] content) {
    for (int i = 0; i < content.length; i += map.type().bytes()) {
      switch (map.type()) {
        case FLOAT16, BFLOAT16 -> Bytes.SHORT.set(content, i, (short) 0x7fff);
        case FLOAT32 -> Bytes.INT.set(content, i, 0x7fff_ffff);
        case FLOAT64 -> Bytes.LONG.set(content, i, Long.MAX_VALUE);
        case UINT8, UINT16, UINT32, INT32, UINT64, INT64 ->
            throw new IllegalStateException("integers are never filled with NaN");
      }
    }
  }

  /// Writes the box to shared memory.
  ///
  /// @param address of the box in the cluster's shared memory
  void store(Warp warp, long address, byte[] content) {
    shared(address, true)
        .visit(
            warp,
            content.length / PIECE,
            piece -> swizzled(address + PIECE * piece),
            (piece, memory, offset) ->
                System.arraycopy(content, PIECE * piece, memory, offset, PIECE));
  }

  /// Reads the box from shared memory.
  byte[] load(Warp warp, long address) {
    return shared(address, false)
        .read(warp, bytes() / PIECE, piece -> swizzled(address + PIECE * piece));
  }

  private Pieces shared(long address, boolean store) {
    if (address % 128 != 0) {
      throw new Fault(
          lane,
          what
              + ": shared address 0x"
              + Long.toHexString(address & 0xff_ffff)
              + " is not aligned to 128 bytes");
    }
    return new Pieces(Space.SHARED, PIECE, PIECE, store, lane, what);
  }

  private long swizzled(long address) {
    int pieces = map.swizzle() == Swizzle.NONE ? 1 : map.swizzle().bytes() / PIECE;
    return address ^ (address >> 7 & pieces - 1) << 4;
  }
}
