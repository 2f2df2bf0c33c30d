package dev.tuckerc.emulator;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Tensors, boxes of them, and kernels that copy boxes between them and shared memory.
final class TensorCopies {
  private TensorCopies() {}

  /// A tensor of random bytes, and boxes of it.
  record Tensor(
      TensorElement type,
      long[] extents,
      long[] strides,
      int[] box,
      int[] steps,
      Swizzle swizzle,
      Fill fill,
      int offset) {

    int bytes() {
      long end = offset + extents[0] * type.bytes();
      for (int i = 1; i < extents.length; i++) {
        end += (extents[i] - 1) * strides[i - 1];
      }
      return (int) end;
    }

    TensorMap map(DeviceBuffer buffer) {
      return new TensorMap(
          type,
          Arrays.stream(extents).boxed().toList(),
          Arrays.stream(strides).boxed().toList(),
          new TensorMap.Tile(Arrays.stream(box).boxed().toList()),
          Arrays.stream(steps).boxed().toList(),
          swizzle,
          fill,
          buffer,
          offset);
    }

    int boxElements() {
      int elements = box[0];
      for (int i = 1; i < box.length; i++) {
        elements *= (box[i] + steps[i] - 1) / steps[i];
      }
      return elements;
    }

    /// Offset in the buffer of an element of the box at `at`, or -1 outside the tensor.
    int source(int element, int[] at) {
      int rest = element;
      long place = offset;
      for (int i = 0; i < box.length; i++) {
        int step = i == 0 ? 1 : steps[i];
        int count = (box[i] + step - 1) / step;
        long coordinate = at[i] + (long) (rest % count) * step;
        rest /= count;
        if (coordinate < 0 || coordinate >= extents[i]) {
          return -1;
        }
        place += coordinate * (i == 0 ? type.bytes() : strides[i - 1]);
      }
      return (int) place;
    }

    /// Place in shared memory of a byte of the box: 16-byte pieces change places within 128-byte
    /// lines, by the line's number.
    int place(int index) {
      int line = index / 128;
      int piece = index / 16 % 8;
      int mask =
          switch (swizzle) {
            case NONE -> 0;
            case BYTES_32 -> 1;
            case BYTES_64 -> 3;
            case BYTES_128 -> 7;
          };
      return line * 128 + (piece ^ line & mask) * 16 + index % 16;
    }
  }

  static Tensor tensor(String text) {
    String[] parts = text.split(" ");
    return new Tensor(
        TensorElement.valueOf(parts[0]),
        Arrays.stream(parts[1].split("x")).mapToLong(Long::parseLong).toArray(),
        parts[2].equals("-")
            ? new long[0]
            : Arrays.stream(parts[2].split("/")).mapToLong(Long::parseLong).toArray(),
        Arrays.stream(parts[3].split("x")).mapToInt(Integer::parseInt).toArray(),
        Arrays.stream(parts[4].split("x")).mapToInt(Integer::parseInt).toArray(),
        Swizzle.valueOf(parts[5]),
        Fill.valueOf(parts[6]),
        Integer.parseInt(parts[7]));
  }

  static final Tensor SMALL = tensor("FLOAT32 16x4 64 16x4 1x1 NONE ZERO 0");

  private static final String COORDINATES = "%c0,%c1,%c2,%c3,%c4";

  /// A kernel of one warp: thread 0 copies, all wait, then all move shared memory from or to
  /// `data`.
  static String kernel(int rank, String issue, boolean load, int bytes) {
    String coordinates = COORDINATES.substring(0, 4 * rank - 1);
    StringBuilder parameters = new StringBuilder();
    StringBuilder loads = new StringBuilder();
    for (int i = 0; i < rank; i++) {
      parameters.append(", .param .u32 c").append(i);
      loads.append("ld.param.u32 %c").append(i).append(", [c").append(i).append("];\n");
    }
    String move =
        load
            ? "ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd4], %r5;"
            : "ld.global.u32 %r5, [%rd4]; st.shared.u32 [%r4], %r5;";
    String moving =
        """
        mov.u32 %%r3, %%tid.x;
        MOVE:
        setp.ge.u32 %%p1, %%r3, %d;
        @%%p1 bra MOVED;
        shl.b32 %%r4, %%r3, 2;
        cvt.u64.u32 %%rd3, %%r4;
        add.s64 %%rd4, %%rd2, %%rd3;
        add.u32 %%r4, %%r4, %%r1;
        %s
        add.u32 %%r3, %%r3, 32;
        bra MOVE;
        MOVED:
        """
            .formatted(bytes / 4, move);
    String copy =
        """
        setp.eq.u32 %%p2, %%r0, 0;
        @!%%p2 bra ISSUED;
        mbarrier.init.shared::cta.b64 [bar], 1;
        fence.mbarrier_init.release.cluster;
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], %d;
        %s
        ISSUED:
        bar.sync 0;
        """
            .formatted(bytes, issue.replace("COORDINATES", coordinates));
    String wait =
        """
        WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p3, [bar], 0;
        @!%p3 bra WAIT;
        """;
    return """
    .version 8.8
    .target sm_90a
    .address_size 64
    .visible .entry test(.param .align 64 .b8 map[128], .param .u64 data%s)
    {
    .reg .pred %%p<8>;
    .reg .b32 %%r<8>;
    .reg .b32 %%c<5>;
    .reg .b64 %%rd<8>;
    .shared .align 1024 .b8 box[%d];
    .shared .align 8 .b64 bar;
    mov.b64 %%rd1, map;
    cvta.param.u64 %%rd1, %%rd1;
    ld.param.u64 %%rd2, [data];
    %s
    mov.u32 %%r0, %%tid.x;
    mov.u32 %%r1, box;
    %s
    ret;
    }
    """
        .formatted(
            parameters,
            bytes,
            loads,
            load ? copy + wait + moving : moving + "bar.sync 0;\nfence.proxy.async;\n" + copy);
  }

  static final String LOAD =
      "cp.async.bulk.tensor.%dd.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
          + " [%%r1], [%%rd1, {COORDINATES}], [bar];";

  static final String STORED = "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\n";

  static final String STORE =
      "cp.async.bulk.tensor.%dd.global.shared::cta.bulk_group [%%rd1, {COORDINATES}], [%%r1];\n";

  static Object[] arguments(TensorMap map, DeviceBuffer data, int[] at) {
    List<Object> arguments = new ArrayList<>(List.of(map, data));
    Arrays.stream(at).forEach(arguments::add);
    return arguments.toArray();
  }

  static byte[] random(int bytes) {
    byte[] content = new byte[(bytes + 3) / 4 * 4];
    new Random(bytes).nextBytes(content);
    return content;
  }

  static DeviceBuffer upload(Kernels kernels, byte[] content) {
    DeviceBuffer buffer = kernels.device.allocate(content.length, "tensor");
    kernels.device.upload(buffer, 0, MemorySegment.ofArray(content));
    return buffer;
  }

  static byte[] download(Kernels kernels, DeviceBuffer buffer) {
    byte[] content = new byte[(int) buffer.bytes()];
    kernels.device.download(buffer, 0, MemorySegment.ofArray(content));
    return content;
  }

  static byte[] load(Kernels kernels, Tensor tensor, byte[] content, int[] at) {
    int bytes = tensor.boxElements() * tensor.type.bytes();
    DeviceModule module =
        kernels.device.load(kernel(at.length, LOAD.formatted(at.length), true, bytes), "test.ptx");
    DeviceBuffer out = kernels.device.allocate(bytes, "out");
    kernels.run(
        module,
        "test",
        Kernels.size(1),
        Kernels.size(32),
        0,
        arguments(tensor.map(upload(kernels, content)), out, at));
    return download(kernels, out);
  }

  static byte[] store(
      Kernels kernels, Tensor tensor, byte[] before, byte[] box, int[] at, String issue) {
    DeviceModule module =
        kernels.device.load(kernel(at.length, issue, false, box.length), "test.ptx");
    DeviceBuffer target = upload(kernels, before);
    kernels.run(
        module,
        "test",
        Kernels.size(1),
        Kernels.size(32),
        0,
        arguments(tensor.map(target), upload(kernels, box), at));
    return download(kernels, target);
  }
}
