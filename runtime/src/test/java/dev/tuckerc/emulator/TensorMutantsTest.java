package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import dev.tuckerc.emulator.check.Check;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Damaged PTX with tensor copies and warpgroup products, as [MutantsTest].
class TensorMutantsTest {
  private static final int MUTANTS = Integer.getInteger("tuckerc.fuzz.mutants", 300) / 6;

  @Test
  void damagedPtx() {
    String source = Kernels.ptx("tensor_memory.cu", "sm_90a");
    Random random = new Random(2);
    int ran = 0;
    for (int m = 0; m < MUTANTS; m++) {
      String text = MutantsTest.mutate(source, random);
      EmulatorOptions options =
          EmulatorOptions.DEFAULT
              .withThreads(1)
              .withInstructionBudget(20_000)
              .withChecks(m % 2 == 0 ? Set.of() : Set.of(Check.ASYNC_COPIES));
      try (Kernels kernels = new Kernels(options)) {
        DeviceModule module = kernels.device.load(text, "mutant");
        ran += run(kernels, module, m % 5) ? 1 : 0;
      } catch (DeviceException clear) {
        // A clear error is one of the two good ends.
      } catch (RuntimeException | Error other) {
        fail("mutant %d ended in %s:%n%s".formatted(m, other, text), other);
      }
    }
    assertThat(ran).isPositive();
  }

  private static boolean run(Kernels kernels, DeviceModule module, int which) {
    DeviceBuffer buffer = kernels.device.allocate(1 << 16, "data");
    TensorMap floats =
        TensorMap.dense(
            TensorElement.FLOAT32, List.of(64L, 64L), List.of(32, 32), Swizzle.BYTES_128, buffer);
    TensorMap halves =
        TensorMap.dense(
            TensorElement.FLOAT16, List.of(64L, 64L), List.of(64, 64), Swizzle.BYTES_128, buffer);
    TensorMap rows =
        TensorMap.dense(
            TensorElement.FLOAT32, List.of(256L, 2L), List.of(128, 1), Swizzle.NONE, buffer);
    switch (which) {
      case 0 ->
          kernels.run(
              module, "transpose", Kernels.size(2), Kernels.size(64), 0, floats, floats, 2, 4);
      case 1 ->
          kernels.run(module, "multicast", Kernels.size(4), Kernels.size(32), 0, rows, buffer);
      case 2 ->
          kernels.run(module, "ring", Kernels.size(4), Kernels.size(32), 0, buffer, buffer, 3);
      default ->
          kernels.run(
              module,
              which == 3 ? "gemm_nk" : "gemm_kn",
              Kernels.size(1),
              Kernels.size(256),
              3 * 16384,
              halves,
              halves,
              buffer,
              64,
              64);
    }
    return true;
  }
}
