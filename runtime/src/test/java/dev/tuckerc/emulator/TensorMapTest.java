package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.TensorCopies.SMALL;
import static dev.tuckerc.emulator.TensorCopies.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tensor maps: what is refused and why, and dense ones.
class TensorMapTest {
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
}
