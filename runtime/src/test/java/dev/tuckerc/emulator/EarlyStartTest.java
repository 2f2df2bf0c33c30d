package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.Kernels.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.emulator.check.Check;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Launches that may begin early do so before those before them have run.
class EarlyStartTest {
  private static final Set<Check> EARLY = EnumSet.of(Check.EARLY_START);
  private static final Set<Check> OTHERS = EnumSet.complementOf(EnumSet.of(Check.EARLY_START));
  private static final int BLOCKS = 12;
  private static final Dim3 GRID = size(BLOCKS);
  private static final Dim3 BLOCK = size(64);

  private static int[] numbers(int from) {
    return IntStream.range(from, from + 64 * BLOCKS).toArray();
  }

  private static EmulatorOptions options(Set<Check> checks, long seed) {
    return EmulatorOptions.DEFAULT
        .withThreads(2)
        .withInstructionBudget(1_000_000)
        .withChecks(checks)
        .withSeed(seed);
  }

  /// `produce`, then a consumer, then it again on the consumer's result.
  private static int[] chain(String consumer, Set<Check> checks, long seed) {
    try (Kernels kernels = new Kernels(options(checks, seed)).inStream()) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer in = kernels.buffer(numbers(0));
      DeviceBuffer weights = kernels.buffer(numbers(1000));
      DeviceBuffer middle = kernels.buffer(numbers(0));
      DeviceBuffer last = kernels.buffer(numbers(0));
      DeviceBuffer out = kernels.buffer(numbers(0));
      kernels.run(module, "produce", GRID, BLOCK, 0, middle, in);
      kernels.runEarly(module, consumer, GRID, BLOCK, 0, last, middle, weights);
      kernels.runEarly(module, consumer, GRID, BLOCK, 0, out, last, weights);
      return kernels.ints(out);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"consume", "consume_by_one_warp", "clear_too_early"})
  void rightUse(String consumer) {
    int[] expected = chain(consumer, Set.of(), 0);
    for (long seed = 0; seed < 5; seed++) {
      for (Set<Check> checks : List.of(EARLY, Check.ALL)) {
        assertThat(chain(consumer, checks, seed)).isEqualTo(expected);
      }
    }
  }

  @Test
  void readsThePredecessorsOutput() {
    for (long seed = 0; seed < 3; seed++) {
      long each = seed;
      assertThatThrownBy(() -> chain("consume_too_early", EARLY, each))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("kernel produce, PTX line ")
          .hasMessageContaining("store of 4 bytes of buffer ints at offset ")
          .hasMessageContaining(
              "which kernel consume_too_early, launched later, read before its griddepcontrol.wait"
                  + " at PTX line ")
          .hasMessageContaining("(scheduling.cu:");
      chain("consume_too_early", OTHERS, each);
    }
  }

  /// A kernel that waits is not by itself one that begins early.
  @Test
  void onlyLaunchesThatMay() {
    try (Kernels kernels = new Kernels(options(EARLY, 1)).inStream()) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer in = kernels.buffer(numbers(0));
      DeviceBuffer middle = kernels.buffer(numbers(0));
      DeviceBuffer out = kernels.buffer(numbers(0));
      kernels.run(module, "produce", GRID, BLOCK, 0, middle, in);
      kernels.run(module, "consume_too_early", GRID, BLOCK, 0, out, middle, in);
      assertThat(kernels.ints(out)[7]).isEqualTo(21);
    }
  }

  @Test
  void writesWhatThePredecessorReads() {
    for (Set<Check> checks : List.of(EARLY, OTHERS)) {
      try (Kernels kernels = new Kernels(options(checks, 1)).inStream()) {
        DeviceModule module = kernels.cuda("scheduling.cu");
        DeviceBuffer in = kernels.buffer(numbers(0));
        DeviceBuffer middle = kernels.buffer(numbers(0));
        kernels.run(module, "produce", GRID, BLOCK, 0, middle, in);
        kernels.runEarly(module, "clear_too_early", GRID, BLOCK, 0, in, middle, middle);
        if (checks == EARLY) {
          assertThatThrownBy(kernels.device::synchronize)
              .hasMessageContaining("kernel produce, PTX line ")
              .hasMessageContaining("load of 4 bytes")
              .hasMessageContaining("which kernel clear_too_early, launched later, wrote before");
        } else {
          kernels.device.synchronize();
        }
      }
    }
  }

  /// A launch that lets the next begin before it waits: three launches are under way.
  @ParameterizedTest
  @CsvSource({"1, true", "64, false"})
  void launchesBeyondTheNext(int blocks, boolean found) {
    try (Kernels kernels = new Kernels(options(EARLY, 1)).inStream()) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer first = kernels.buffer(new int[64 * 64]);
      DeviceBuffer second = kernels.buffer(new int[64 * 64]);
      DeviceBuffer third = kernels.buffer(new int[64 * 64]);
      Dim3 grid = size(blocks);
      kernels.run(module, "produce", grid, BLOCK, 0, first, third);
      kernels.runEarly(module, "consume", grid, BLOCK, 0, second, third, third);
      // Reads as weights what the launch before the last writes: begins early only if the launch
      // between has let it, in all its blocks.
      if (found) {
        kernels.runEarly(module, "consume", grid, BLOCK, 0, third, second, first);
        assertThatThrownBy(kernels.device::synchronize)
            .hasMessageContaining("kernel produce, PTX line ")
            .hasMessageContaining("which kernel consume, launched later, read before");
      } else {
        kernels.runEarly(module, "consume", grid, BLOCK, 0, third, second, first);
        kernels.device.synchronize();
      }
    }
  }

  /// Every way by which the host could see results completes the launches first.
  @Test
  void completedBeforeTheHostLooks() {
    try (Kernels kernels = new Kernels(options(EARLY, 1)).inStream()) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer in = kernels.buffer(numbers(0));
      DeviceBuffer middle = kernels.buffer(numbers(0));
      DeviceBuffer out = kernels.buffer(numbers(0));
      kernels.run(module, "produce", GRID, BLOCK, 0, middle, in);
      assertThat(kernels.device.lastCounters().globalStoreBytes()).isEqualTo(4L * 64 * BLOCKS);
      kernels.run(module, "produce", GRID, BLOCK, 0, middle, in);
      kernels.runEarly(module, "consume", GRID, BLOCK, 0, out, middle, in);
      in.close();
      assertThat(kernels.ints(out)[7]).isEqualTo(21);
    }
  }

  @Test
  void replays() {
    try (Kernels kernels = new Kernels(options(Check.ALL, 1)).inStream()) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer in = kernels.buffer(numbers(0));
      DeviceBuffer middle = kernels.buffer(numbers(0));
      DeviceBuffer out = kernels.buffer(numbers(0));
      LaunchSequence sequence =
          kernels.device.record(
              List.of(
                  launch(module, "produce", middle, in),
                  launch(module, "consume", out, middle, in)));
      for (int replay = 0; replay < 3; replay++) {
        sequence.replay();
        assertThat(kernels.ints(out)[9]).isEqualTo(27);
      }
    }
  }

  private static KernelLaunch launch(DeviceModule module, String kernel, DeviceBuffer... buffers) {
    List<KernelArgument> arguments =
        List.of(buffers).stream()
            .map(buffer -> (KernelArgument) new KernelArgument.Pointer(buffer, 0))
            .toList();
    return new KernelLaunch(
        module.kernel(kernel), GRID, BLOCK, 0, arguments, kernel.equals("consume"));
  }
}
