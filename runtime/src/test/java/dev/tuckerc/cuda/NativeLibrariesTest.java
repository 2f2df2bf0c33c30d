package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

  /// A process of its own that compiles a kernel with a fresh cache; run several times at once.
  public static void main(String[] arguments) {
    int bytes =
        NvrtcCompiler.create(new TuckercCache(Path.of(arguments[0])))
            .compile("scale.cu", NvrtcCompilerTest.SCALE, "sm_90", List.of())
            .cubin()
            .length;
    System.out.println("compiled " + bytes + " in " + System.getProperty("java.io.tmpdir"));
  }

  @Test
  void severalProcessesUnpackAtOnce(@TempDir Path folder) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Djava.io.tmpdir=" + temporary,
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  NativeLibrariesTest.class.getName(),
                  folder.resolve("cache").toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("out" + i).toFile())
              .start());
    }
    for (int i = 0; i < processes.size(); i++) {
      processes.get(i).waitFor();
      assertThat(Files.readString(folder.resolve("out" + i)))
          .containsPattern("compiled \\d+ in " + temporary);
    }
    // Nothing is left behind: no half-written file, and JCuda put nothing in the temporary folder.
    assertThat(temporary.toFile().list()).isEmpty();
    try (var files = Files.walk(folder.resolve("cache"))) {
      assertThat(files.map(Path::toFile).filter(File::isFile).map(File::getName))
          .containsExactlyInAnyOrder(
              "libnvrtc-builtins.so.12.9", "libnvrtc.so.12", "libJNvrtc-12.6.0-linux-x86_64.so");
    }
  }
}
