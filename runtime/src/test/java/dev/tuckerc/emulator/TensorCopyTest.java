package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.TensorCopies.LOAD;
import static dev.tuckerc.emulator.TensorCopies.SMALL;
import static dev.tuckerc.emulator.TensorCopies.STORE;
import static dev.tuckerc.emulator.TensorCopies.STORED;
import static dev.tuckerc.emulator.TensorCopies.arguments;
import static dev.tuckerc.emulator.TensorCopies.kernel;
import static dev.tuckerc.emulator.TensorCopies.load;
import static dev.tuckerc.emulator.TensorCopies.random;
import static dev.tuckerc.emulator.TensorCopies.store;
import static dev.tuckerc.emulator.TensorCopies.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.emulator.TensorCopies.Tensor;
import dev.tuckerc.emulator.check.Check;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tensor copies against plain Java: which element of the tensor each place of the box gets, as the
/// CUDA programming guide and the driver API define boxes, strides, fill and swizzles.
class TensorCopyTest {
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
        int size = tensor.type().bytes();
        for (int e = 0; e < tensor.boxElements(); e++) {
          int source = tensor.source(e, at);
          if (source < 0 && tensor.fill() == Fill.NAN) {
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
    int size = tensor.type().bytes();
    long bits = 0;
    for (int b = size - 1; b >= 0; b--) {
      bits = bits << 8 | result[tensor.place(element * size + b)] & 0xff;
    }
    return switch (tensor.type()) {
      case FLOAT16 -> Float.isNaN(Float.float16ToFloat((short) bits));
      case BFLOAT16 -> Float.isNaN(Float.intBitsToFloat((int) bits << 16));
      case FLOAT32 -> Float.isNaN(Float.intBitsToFloat((int) bits));
      default -> Double.isNaN(Double.longBitsToDouble(bits));
    };
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
    byte[] box = random(tensor.boxElements() * tensor.type().bytes());
    byte[] expected = before.clone();
    int size = tensor.type().bytes();
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
}
