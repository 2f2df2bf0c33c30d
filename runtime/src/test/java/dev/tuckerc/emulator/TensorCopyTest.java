package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import dev.tuckerc.emulator.check.Check;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tensor copies against plain Java: which element of the tensor each place of the box gets, as the
/// CUDA programming guide and the driver API define boxes, strides, fill and swizzles.
class TensorCopyTest {

  /// A tensor of random bytes, and boxes of it.
  private record Tensor(
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

  private static Tensor tensor(String text) {
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

  private static final String COORDINATES = "%c0,%c1,%c2,%c3,%c4";

  /// A kernel of one warp: thread 0 copies, all wait, then all move shared memory from or to
  /// `data`.
  private static String kernel(int rank, String issue, boolean load, int bytes) {
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

  private static final String LOAD =
      "cp.async.bulk.tensor.%dd.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
          + " [%%r1], [%%rd1, {COORDINATES}], [bar];";

  /// Pixels of an image with a border, for one place of a filter.
  ///
  /// @param lower first corner of the bounding box along width (height, depth)
  /// @param upper last corner, relative to the last pixel
  private record Pixels(
      TensorElement type,
      int[] extents,
      int[] lower,
      int[] upper,
      int[] steps,
      int channels,
      int pixels,
      Swizzle swizzle) {

    TensorMap map(DeviceBuffer buffer) {
      List<Long> extents = Arrays.stream(this.extents).asLongStream().boxed().toList();
      List<Long> strides = new ArrayList<>();
      long stride = type.bytes();
      for (int i = 0; i + 1 < extents.size(); i++) {
        stride *= extents.get(i);
        strides.add(stride);
      }
      return new TensorMap(
          type,
          extents,
          strides,
          new TensorMap.Pixels(
              Arrays.stream(lower).boxed().toList(),
              Arrays.stream(upper).boxed().toList(),
              channels,
              pixels),
          Arrays.stream(steps).boxed().toList(),
          swizzle,
          Fill.ZERO,
          buffer,
          0);
    }

    /// All places of the bounding box in order, image by image.
    List<int[]> places(int images) {
      List<int[]> places = new ArrayList<>();
      int dimensions = extents.length - 2;
      for (int n = 0; n < images; n++) {
        int[] place = new int[extents.length];
        place[dimensions + 1] = n;
        collect(places, place, dimensions);
      }
      return places;
    }

    private void collect(List<int[]> places, int[] place, int dimension) {
      if (dimension == 0) {
        places.add(place.clone());
        return;
      }
      int last = extents[dimension] - 1 + upper[dimension - 1];
      for (int c = lower[dimension - 1]; c <= last; c += steps[dimension]) {
        place[dimension] = c;
        collect(places, place, dimension - 1);
      }
    }

    /// Index in the tensor of a pixel's channel, or -1 outside.
    int index(int[] place, int[] shift, int channel) {
      int index = 0;
      for (int i = extents.length - 1; i >= 0; i--) {
        int at = i == 0 ? channel : place[i] + (i <= shift.length ? shift[i - 1] : 0);
        if (at < 0 || at >= extents[i]) {
          return -1;
        }
        index = index * extents[i] + at;
      }
      return index;
    }
  }

  /// The implicit matrix of a convolution: from the definition of a convolution's input pixels, for
  /// every place of the filter and every part of the image.
  @ParameterizedTest
  @CsvSource({
    // extents, lower, upper, steps, channels, pixels, swizzle, images
    "16x9x7x3, -1:-1, -1:-1, 1x1x1x1, 16, 24, BYTES_32, 3",
    "8x10x6x2, -1:-1, -2:-1, 1x2x2x1, 8, 16, NONE, 2",
    "32x5x4x2, 0:0, -2:-2, 1x1x1x1, 16, 8, BYTES_32, 2",
    "8x11x2, -2, -2, 1x1x1, 8, 16, NONE, 2",
    "8x5x4x3x2, -1:-1:-1, -1:-1:-1, 1x1x1x1x1, 8, 32, NONE, 2",
  })
  void pixelsOfConvolutions(
      String extents,
      String lower,
      String upper,
      String steps,
      int channels,
      int count,
      Swizzle swizzle,
      int images) {
    Pixels pixels =
        new Pixels(
            TensorElement.FLOAT16,
            numbers(extents, "x"),
            numbers(lower, ":"),
            numbers(upper, ":"),
            numbers(steps, "x"),
            channels,
            count,
            swizzle);
    int rank = pixels.extents.length;
    int total = Arrays.stream(pixels.extents).reduce(1, (a, b) -> a * b);
    short[] content = new short[total];
    for (int i = 0; i < total; i++) {
      content[i] = (short) (i + 1);
    }
    List<int[]> places = pixels.places(images);
    int[] shift = new int[rank - 2];
    for (int part = 0; part < 3; part++) {
      // Begins in the middle of a row, and runs on into the next image, or past the last.
      int start = part * places.size() / 3 + part;
      Arrays.setAll(shift, i -> part(start, i));
      int[] at = places.get(start).clone();
      at[0] = pixels.extents[0] - channels;
      byte[] found = loadPixels(pixels, content, at, shift);
      for (int p = 0; p < count; p++) {
        for (int c = 0; c < channels; c++) {
          int index =
              start + p >= places.size()
                  ? -1
                  : pixels.index(places.get(start + p), shift, at[0] + c);
          int place = swizzledPlace(pixels.swizzle, 2 * (p * channels + c));
          int value = found[place] & 0xff | (found[place + 1] & 0xff) << 8;
          assertThat(value)
              .as("part %d pixel %d channel %d", part, p, c)
              .isEqualTo(index < 0 ? 0 : content[index] & 0xffff);
        }
      }
    }
  }

  private static int part(int start, int dimension) {
    return (start + dimension) % 3;
  }

  private static int[] numbers(String text, String separator) {
    return Arrays.stream(text.split(separator)).mapToInt(Integer::parseInt).toArray();
  }

  private static int swizzledPlace(Swizzle swizzle, int index) {
    int mask = swizzle == Swizzle.NONE ? 0 : 1;
    return index / 128 * 128 + (index / 16 % 8 ^ index / 128 & mask) * 16 + index % 16;
  }

  private static byte[] loadPixels(Pixels pixels, short[] content, int[] at, int[] shift) {
    int bytes = pixels.pixels * pixels.channels * 2;
    String offsets =
        Arrays.stream(shift).mapToObj(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    String issue =
        "cp.async.bulk.tensor."
            + at.length
            + "d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes"
            + " [%r1], [%rd1, {COORDINATES}], [bar], "
            + offsets
            + ";";
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.device.allocate(bytes, "out");
      kernels.run(
          kernels.device.load(kernel(at.length, issue, true, bytes), "test.ptx"),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          arguments(pixels.map(kernels.buffer(content)), out, at));
      return download(kernels, out);
    }
  }

  private static final String STORED = "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\n";

  private static final String STORE =
      "cp.async.bulk.tensor.%dd.global.shared::cta.bulk_group [%%rd1, {COORDINATES}], [%%r1];\n";

  private static Object[] arguments(TensorMap map, DeviceBuffer data, int[] at) {
    List<Object> arguments = new ArrayList<>(List.of(map, data));
    Arrays.stream(at).forEach(arguments::add);
    return arguments.toArray();
  }

  private static byte[] random(int bytes) {
    byte[] content = new byte[(bytes + 3) / 4 * 4];
    new Random(bytes).nextBytes(content);
    return content;
  }

  private static DeviceBuffer upload(Kernels kernels, byte[] content) {
    DeviceBuffer buffer = kernels.device.allocate(content.length, "tensor");
    kernels.device.upload(buffer, 0, MemorySegment.ofArray(content));
    return buffer;
  }

  private static byte[] download(Kernels kernels, DeviceBuffer buffer) {
    byte[] content = new byte[(int) buffer.bytes()];
    kernels.device.download(buffer, 0, MemorySegment.ofArray(content));
    return content;
  }

  private static byte[] load(Kernels kernels, Tensor tensor, byte[] content, int[] at) {
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

  @ParameterizedTest
  @CsvSource({
    "UINT8 100 - 32 1 NONE ZERO 0, 16",
    "UINT8 100 - 32 1 NONE ZERO 0, 90",
    "FLOAT32 50x7 208 16x4 1x1 NONE ZERO 16, 3:2",
    "FLOAT16 64x16 128 64x8 1x1 BYTES_128 ZERO 0, 0:8",
    "FLOAT16 60x16 128 64x8 1x1 BYTES_128 NAN 0, -4:12",
    "BFLOAT16 40x33 96 32x16 1x1 BYTES_64 NAN 48, 20:25",
    "FLOAT32 24x40 96 8x40 1x1 BYTES_32 NAN 0, 8:-3",
    "INT32 8x5x6 32/160 8x3x2 1x1x1 BYTES_32 ZERO 0, 0:3:5",
    "UINT16 32x9x4x3 64/576/2304 16x4x2x2 1x3x1x2 NONE ZERO 0, 8:5:-1:0",
    "FLOAT64 6x3x4x2x3 48/144/576/1152 2x2x2x2x2 1x1x2x1x1 NONE NAN 0, 5:1:1:1:-1",
    "UINT64 4x4 32 4x4 1x1 NONE ZERO 0, 100:100",
    "INT64 4x4 32 4x4 1x1 NONE ZERO 0, -2147483648:2147483647",
    "UINT32 64x12 256 32x8 1x2 BYTES_128 ZERO 0, 32:1",
  })
  void loads(String text, String coordinates) {
    Tensor tensor = tensor(text);
    int[] at = Arrays.stream(coordinates.split(":")).mapToInt(Integer::parseInt).toArray();
    byte[] content = random(tensor.bytes());
    for (Set<Check> checks : List.of(Set.<Check>of(), Set.of(Check.ASYNC_COPIES))) {
      try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
        byte[] result = load(kernels, tensor, content, at);
        int size = tensor.type.bytes();
        for (int e = 0; e < tensor.boxElements(); e++) {
          int source = tensor.source(e, at);
          if (source < 0 && tensor.fill == Fill.NAN) {
            assertThat(isNan(tensor, result, e)).as("element %d", e).isTrue();
            continue;
          }
          for (int b = 0; b < size; b++) {
            assertThat(result[tensor.place(e * size + b)])
                .as("element %d byte %d", e, b)
                .isEqualTo(source < 0 ? 0 : content[source + b]);
          }
        }
      }
    }
  }

  private static boolean isNan(Tensor tensor, byte[] result, int element) {
    int size = tensor.type.bytes();
    long bits = 0;
    for (int b = size - 1; b >= 0; b--) {
      bits = bits << 8 | result[tensor.place(element * size + b)] & 0xff;
    }
    return switch (tensor.type) {
      case FLOAT16 -> Float.isNaN(Float.float16ToFloat((short) bits));
      case BFLOAT16 -> Float.isNaN(Float.intBitsToFloat((int) bits << 16));
      case FLOAT32 -> Float.isNaN(Float.intBitsToFloat((int) bits));
      default -> Double.isNaN(Double.longBitsToDouble(bits));
    };
  }

  private static byte[] store(
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

  @ParameterizedTest
  @CsvSource({
    "UINT8 100 - 32 1 NONE ZERO 0, 90",
    "FLOAT16 60x16 128 64x8 1x1 BYTES_128 ZERO 0, -4:12",
    "BFLOAT16 40x33 96 32x16 1x1 BYTES_64 ZERO 48, 20:25",
    "INT32 8x5x6 32/160 8x3x2 1x1x1 BYTES_32 ZERO 0, 0:3:5",
    "UINT16 32x9x4x3 64/576/2304 16x4x2x2 1x3x1x2 NONE ZERO 0, 8:5:-1:0",
  })
  void stores(String text, String coordinates) {
    Tensor tensor = tensor(text);
    int[] at = Arrays.stream(coordinates.split(":")).mapToInt(Integer::parseInt).toArray();
    byte[] before = random(tensor.bytes());
    byte[] box = random(tensor.boxElements() * tensor.type.bytes());
    byte[] expected = before.clone();
    int size = tensor.type.bytes();
    for (int e = 0; e < tensor.boxElements(); e++) {
      int target = tensor.source(e, at);
      for (int b = 0; b < size && target >= 0; b++) {
        expected[target + b] = box[tensor.place(e * size + b)];
      }
    }
    for (Set<Check> checks : List.of(Set.<Check>of(), Set.of(Check.ASYNC_COPIES))) {
      try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
        String issue = STORE.formatted(at.length) + STORED;
        assertThat(store(kernels, tensor, before, box, at, issue)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"add", "min", "max", "and", "or", "xor", "inc", "dec"})
  void reductions(String kind) {
    Tensor tensor = tensor("UINT32 10x6 48 8x4 1x1 NONE ZERO 0");
    byte[] before = random(tensor.bytes());
    byte[] box = random(8 * 4 * 4);
    String issue =
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta."
            + kind
            + ".tile.bulk_group [%rd1, {COORDINATES}], [%r1];\n"
            + STORED;
    try (Kernels kernels = new Kernels()) {
      byte[] after = store(kernels, tensor, before, box, new int[] {4, 3}, issue);
      byte[] expected = before.clone();
      for (int e = 0; e < 32; e++) {
        int target = tensor.source(e, new int[] {4, 3});
        if (target >= 0) {
          int old = MemorySegment.ofArray(before).get(WORD, target);
          int value = MemorySegment.ofArray(box).get(WORD, 4L * e);
          MemorySegment.ofArray(expected).set(WORD, target, combine(kind, old, value));
        }
      }
      assertThat(after).isEqualTo(expected);
    }
  }

  private static final java.lang.foreign.ValueLayout.OfInt WORD =
      java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

  private static int combine(String kind, int old, int value) {
    long a = Integer.toUnsignedLong(old);
    long b = Integer.toUnsignedLong(value);
    return (int)
        switch (kind) {
          case "add" -> a + b;
          case "min" -> Math.min(a, b);
          case "max" -> Math.max(a, b);
          case "and" -> a & b;
          case "or" -> a | b;
          case "xor" -> a ^ b;
          case "inc" -> a >= b ? 0 : a + 1;
          default -> a == 0 || a > b ? b : a - 1;
        };
  }

  @Test
  void reductionOfHalves() {
    Tensor tensor = tensor("FLOAT16 16x2 32 16x2 1x1 NONE ZERO 0");
    short[] one = new short[32];
    Arrays.fill(one, Float.floatToFloat16(1.5f));
    byte[] box = new byte[64];
    MemorySegment.ofArray(box).copyFrom(MemorySegment.ofArray(one));
    String issue =
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group"
            + " [%rd1, {COORDINATES}], [%r1];\n"
            + STORED;
    try (Kernels kernels = new Kernels()) {
      byte[] after = store(kernels, tensor, box, box, new int[] {0, 0}, issue);
      short[] found = new short[32];
      MemorySegment.ofArray(found).copyFrom(MemorySegment.ofArray(after));
      assertThat(found).containsOnly(Float.floatToFloat16(3f));
    }
  }

  private static final Tensor SMALL = tensor("FLOAT32 16x4 64 16x4 1x1 NONE ZERO 0");

  /// Runs a store and returns what happened to the tensor.
  private static byte[] smallStore(String issue, Set<Check> checks) {
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
      byte[] box = new byte[256];
      Arrays.fill(box, (byte) 1);
      return store(kernels, SMALL, new byte[256], box, new int[] {0, 0}, issue);
    }
  }

  @Test
  void storesReadTheirSourceUntilTheWait() {
    String store = STORE.formatted(2);
    String overwrite = "mov.u32 %r5, 0; st.shared.u32 [%r1], %r5;\n";
    String commit = "cp.async.bulk.commit_group;\n";
    String read = "cp.async.bulk.wait_group.read 0;\n";
    Set<Check> checks = Set.of(Check.ASYNC_COPIES);
    assertThatThrownBy(() -> smallStore(store + commit + overwrite + read, checks))
        .hasMessageContaining(
            "the source that cp.async.bulk may still be reading, issued by thread");
    assertThat(smallStore(store + commit + read + overwrite, checks)[0]).isEqualTo((byte) 1);
    assertThatThrownBy(() -> smallStore(store + commit, checks))
        .hasMessageContaining("ended while a bulk copy still read shared memory");
    assertThat(smallStore(store + commit, Set.of())).containsOnly(1);
  }

  @Test
  void loadsAreInvisibleUntilTheirBarrierIsAsked() {
    // Reads the box before it waits.
    String early = LOAD.formatted(1) + "ld.shared.u32 %r5, [%r1]; st.global.u32 [%rd2], %r5;\n";
    Tensor tensor = tensor("UINT32 4 - 4 1 NONE ZERO 0");
    try (Kernels kernels =
        new Kernels(EmulatorOptions.DEFAULT.withChecks(Set.of(Check.ASYNC_COPIES)))) {
      DeviceBuffer data = kernels.buffer(new int[] {5, 6, 7, 8});
      DeviceBuffer out = kernels.buffer(new int[4]);
      String text =
          kernel(1, early, true, 16)
              .replace("ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd4], %r5;", "");
      DeviceModule module = kernels.device.load(text, "test.ptx");
      var one = Kernels.size(1);
      Object[] arguments = arguments(tensor.map(data), out, new int[] {0});
      assertThatThrownBy(() -> kernels.run(module, "test", one, Kernels.size(32), 0, arguments))
          .hasMessageContaining(
              "which an asynchronous copy may still be writing, issued by thread");
    }
  }

  private static void launchWith(Tensor tensor, String issue) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer data = kernels.device.allocate(1 << 16, "tensor");
      kernels.run(
          kernels.device.load(kernel(2, issue, true, 2048), "test.ptx"),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          arguments(tensor.map(data), data, new int[] {0, 0}));
    }
  }

  @Test
  void faults() {
    Tensor tensor = tensor("FLOAT32 16x8 64 16x8 1x1 NONE ZERO 0");
    String load = LOAD.formatted(2);
    assertThatThrownBy(() -> launchWith(tensor, load.replace("[%rd1,", "[%rd2,")))
        .hasMessageContaining(
            "there is no tensor map at this address; pass one as a kernel argument")
        .hasMessageContaining("thread (0,0,0)");
    assertThatThrownBy(() -> launchWith(tensor, load.replace("[%r1]", "[%r1+64]")))
        .hasMessageContaining("shared address 0x40 is not aligned to 128 bytes");
    String oneDimension = LOAD.formatted(1).replace("COORDINATES", "%c0");
    assertThatThrownBy(() -> launchWith(tensor, oneDimension))
        .hasMessageContaining("of 1 dimensions with a tensor map of 2");
    Tensor large = tensor("UINT64 16x4 128 256x256 1x1 NONE ZERO 0");
    assertThatThrownBy(() -> launchWith(large, load))
        .hasMessageContaining("a box of 524288 bytes, more than shared memory holds");
    Tensor narrow = tensor("FLOAT32 16x8 64 16x8 1x1 BYTES_128 ZERO 0");
    assertThatThrownBy(() -> launchWith(narrow, load))
        .hasMessageContaining("as wide as the swizzle (128 bytes); this one has 64");
    assertThatThrownBy(() -> launchWith(tensor, load.replace(".tile", ".im2col::w")))
        .hasMessageContaining("is not supported by the emulator");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FLOAT32 16x4 64 16x4 1x1 NONE ZERO 8|offset 8 is negative or not aligned to 16",
        "FLOAT32 16x4 60 16x4 1x1 NONE ZERO 0|stride 60 must be a multiple of 16",
        "FLOAT32 16x4 64 3x4 1x1 NONE ZERO 0|has 12 bytes, not a multiple of 16",
        "FLOAT32 16x4 64 16x300 1x1 NONE ZERO 0|dimension 1: box extent 300 must be 1 to 256",
        "FLOAT32 16x4 64 16x4 1x9 NONE ZERO 0|dimension 1: element stride 9 must be 1 to 8",
        "FLOAT32 16x4 64 16x4 1x1 BYTES_32 ZERO 0|has 64 bytes; with this swizzle at most 32",
        "INT32 16x4 64 16x4 1x1 NONE NAN 0|INT32 elements cannot be filled with NaN",
        "FLOAT32 16x40 64 16x4 1x1 NONE ZERO 0|ends at byte 2560 of a buffer of 256 bytes",
        "FLOAT32 16x4 64/64 16x4 1x1 NONE ZERO 0|2 dimensions need 1 strides",
        "FLOAT32 16x4 64 16 1x1 NONE ZERO 0|2 dimensions need as many box extents",
        "FLOAT32 0x4 64 16x4 1x1 NONE ZERO 0|dimension 0: extent 0 must be 1 to 4294967296",
        "UINT8 1x1x1x1x1x1 16/16/16/16/16 16x1x1x1x1x1 1x1x1x1x1x1 NONE ZERO 0|6 dimensions",
      })
  void refusedMaps(String text) {
    String[] parts = text.split("\\|");
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer buffer = kernels.device.allocate(256, "x");
      assertThatThrownBy(() -> tensor(parts[0]).map(buffer))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("tensor map of x: ")
          .hasMessageContaining(parts[1]);
    }
  }

  @Test
  void refusedPixels() {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer buffer = kernels.device.allocate(1 << 16, "x");
      int[] image = {8, 4, 4, 2};
      int[] ones = {1, 1, 1, 1};
      assertThatThrownBy(() -> pixels(image, new int[] {-200, 0}, ones, 8, 8).map(buffer))
          .hasMessageContaining("corner -200 must be -128 to 127");
      assertThatThrownBy(() -> pixels(image, new int[] {0}, ones, 8, 8).map(buffer))
          .hasMessageContaining("4 dimensions need corners of 2");
      assertThatThrownBy(() -> pixels(image, new int[] {0, 0}, ones, 8, 2000).map(buffer))
          .hasMessageContaining("pixels 2000 must be 1 to 1024");
      assertThatThrownBy(() -> pixels(image, new int[] {0, 0}, ones, 4, 8).map(buffer))
          .hasMessageContaining("has 8 bytes, not a multiple of 16");
      int[] flat = {8, 4};
      assertThatThrownBy(() -> pixels(flat, new int[0], new int[] {1, 1}, 8, 8).map(buffer))
          .hasMessageContaining("pixels need 3 to 5 dimensions, not 2");
      Pixels tiles = pixels(image, new int[] {0, 0}, ones, 8, 8);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.device.load(kernel(4, LOAD.formatted(4), true, 128), "test.ptx"),
                  "test",
                  Kernels.size(1),
                  Kernels.size(32),
                  0,
                  arguments(tiles.map(buffer), buffer, new int[4])))
          .hasMessageContaining("in tile mode with a tensor map of pixels");
    }
  }

  private static Pixels pixels(
      int[] extents, int[] corners, int[] steps, int channels, int pixels) {
    return new Pixels(
        TensorElement.FLOAT16, extents, corners, corners, steps, channels, pixels, Swizzle.NONE);
  }

  @Test
  void parameterOfAnotherSize() {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer buffer = kernels.device.allocate(256, "x");
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.body(""),
                  "test",
                  Kernels.size(1),
                  Kernels.size(32),
                  0,
                  SMALL.map(buffer),
                  buffer))
          .hasMessageContaining("parameter out has 8 bytes, the argument 128");
    }
  }

  @ParameterizedTest
  @EnumSource(Swizzle.class)
  void denseMapsHaveDenseStrides(Swizzle swizzle) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer buffer = kernels.device.allocate(4096, "x");
      TensorMap map =
          TensorMap.dense(
              TensorElement.FLOAT16, List.of(8L, 4L, 16L), List.of(8, 2, 2), swizzle, buffer);
      assertThat(map.strides()).isEqualTo(List.of(16L, 64L));
      assertThat(map.elementStrides()).isEqualTo(Collections.nCopies(3, 1));
    }
  }

  /// `cp.reduce.async.bulk` to shared memory with a barrier, then to global memory.
  @Test
  void bulkReductions() {
    String body =
        """
        .shared .align 16 .b8 part[128];
        .shared .align 16 .b8 sum[128];
        .shared .align 8 .b64 bar;
        shl.b32 %r1, %r0, 2;
        mov.u32 %r2, part;
        add.u32 %r2, %r2, %r1;
        mov.u32 %r3, sum;
        add.u32 %r3, %r3, %r1;
        st.shared.u32 [%r2], %r0;
        mov.u32 %r4, 1000;
        st.shared.u32 [%r3], %r4;
        setp.eq.u32 %p1, %r0, 0;
        mov.u32 %r5, bar;
        mov.u32 %r6, part;
        mov.u32 %r7, sum;
        @%p1 mbarrier.init.shared::cta.b64 [%r5], 1;
        fence.proxy.async;
        bar.sync 0;
        @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r5], 128;
        @%p1 cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes.add.u32 [%r7], [%r6], 128, [%r5];
        WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r5], 0;
        @!%p3 bra WAIT;
        @%p1 cp.reduce.async.bulk.global.shared::cta.bulk_group.add.s32 [%rd1], [%r7], 128;
        @%p1 cp.async.bulk.commit_group;
        @%p1 cp.async.bulk.wait_group 0;
        """;
    for (Set<Check> checks : List.of(Set.<Check>of(), Set.of(Check.ASYNC_COPIES))) {
      try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
        int[] before = IntStream.range(0, 32).map(i -> 7 * i).toArray();
        DeviceBuffer out = kernels.buffer(before);
        kernels.run(kernels.body(body), "test", Kernels.size(1), Kernels.size(32), 0, out, out);
        assertThat(Arrays.stream(kernels.ints(out)).boxed().collect(Collectors.toList()))
            .isEqualTo(IntStream.range(0, 32).mapToObj(i -> 8 * i + 1000).toList());
      }
    }
  }
}
