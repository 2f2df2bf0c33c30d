package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.fail;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.emulator.check.Check;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Damaged PTX ends in a clear error or in a run, never in another exception, a hang or a crash.
class MutantsTest {
  private static final int MUTANTS = Integer.getInteger("tuckerc.fuzz.mutants", 300);
  private static final Set<Check> CHECKS = Check.ALL;
  private static final List<String> SPLICE =
      List.of(
          "%r1",
          "%rd1",
          "%f1",
          "%p1",
          "0",
          "-1",
          "4294967296",
          "[",
          "]",
          "{",
          "}",
          ";",
          ",",
          "bra.uni",
          "ret",
          "bar.sync",
          "ld.global.v4.u32",
          "st.shared.u8",
          ".reg",
          ".shared",
          "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32",
          "@%p1",
          "!",
          "|",
          "%tid.x",
          "_",
          "0f7FC00000",
          ".b64",
          "shfl.sync.idx.b32",
          "call",
          "exit",
          "cvt.rn.f16.f32");

  static String mutate(String text, Random random) {
    String[] words = text.split("(?<=[\\s,;\\[\\]{}()])|(?=[,;\\[\\]{}()])");
    if (random.nextInt(10) == 0) {
      return text.substring(0, random.nextInt(text.length()));
    }
    int changes = 1 + random.nextInt(3);
    for (int c = 0; c < changes; c++) {
      int at = random.nextInt(words.length);
      words[at] =
          switch (random.nextInt(4)) {
            case 0 -> "";
            case 1 -> words[random.nextInt(words.length)] + " ";
            case 2 -> words[at] + words[at];
            default -> SPLICE.get(random.nextInt(SPLICE.size())) + " ";
          };
    }
    return String.join("", words);
  }

  @Test
  void damagedPtx() {
    EmulatorOptions plain = EmulatorOptions.DEFAULT.withThreads(1).withInstructionBudget(20_000);
    String[] sources = {
      Kernels.ptx("textbook.cu", "sm_90a"),
      Kernels.ptx("gemm_mma.cu", "sm_80"),
      Kernels.ptx("hopper.cu", "sm_90a"),
      Kernels.ptx("scheduling.cu", "sm_90a"),
      RandomPrograms.module(11)
    };
    Random random = new Random(1);
    int ran = 0;
    for (int m = 0; m < MUTANTS; m++) {
      String text = mutate(sources[m % sources.length], random);
      EmulatorOptions options = m % 2 == 0 ? plain : plain.withChecks(CHECKS).withSeed(m);
      try (Kernels kernels = new Kernels(options, 0)) {
        DeviceModule module = kernels.device.load(text, "mutant");
        DeviceBuffer buffer = kernels.buffer(new int[4096]);
        for (String name : text.split("\\.entry ")) {
          String kernel = name.split("[^A-Za-z0-9_]")[0];
          ran += run(kernels, module, kernel, buffer) ? 1 : 0;
        }
      } catch (DeviceException clear) {
        // A clear error is one of the two good ends.
      } catch (RuntimeException | Error other) {
        fail("mutant %d ended in %s:%n%s".formatted(m, other, text), other);
      }
    }
    System.out.printf("%d mutants, %d kernels ran to their end%n", MUTANTS, ran);
    org.assertj.core.api.Assertions.assertThat(ran).isPositive();
  }

  private static boolean run(
      Kernels kernels, DeviceModule module, String kernel, DeviceBuffer buffer) {
    for (int count = 1; count <= 6; count++) {
      Object[] arguments = new Object[count];
      java.util.Arrays.fill(arguments, buffer);
      if (kernel.equals("saxpy")) {
        arguments = new Object[] {1f, buffer, buffer, 64};
      } else if (count > 2) {
        java.util.Arrays.fill(arguments, 3, count, 64);
        arguments[2] = kernel.equals("gemm_mma") ? buffer : 64;
      }
      try {
        kernels.run(module, kernel, Kernels.size(4), Kernels.size(64), 1024, arguments);
        return true;
      } catch (DeviceException next) {
        if (!next.getMessage().contains("arguments") && !next.getMessage().contains("parameter")) {
          return false;
        }
      }
    }
    return false;
  }
}
