package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The emulator gets by with twice the memory that is allocated on the device, and 300 MB: that is
/// all the heap that the Java virtual machine of [MemoryUse] may have.
class MemoryUseTest {

  @ParameterizedTest
  @CsvSource({"2, none", "8, none", "2, 'order,barriers,early-start'"})
  void twiceWhatIsAllocated(int threads, String checks, @TempDir Path folder)
      throws IOException, InterruptedException {
    Path ptx = folder.resolve("memory_use.ptx");
    Files.writeString(ptx, Kernels.ptx("memory_use.cu", "sm_90a"));
    long heap = 2 * (MemoryUse.WEIGHTS + MemoryUse.ACTIVATIONS) + 300_000_000;
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap / 1024 + "k",
                "-cp",
                path,
                MemoryUse.class.getName(),
                ptx.toString(),
                String.valueOf(threads),
                checks)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("done with at most");
  }
}
