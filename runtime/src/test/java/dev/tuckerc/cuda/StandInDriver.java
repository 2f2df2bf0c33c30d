package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The stand-in for the NVIDIA driver (`fake_cuda.c`), and processes that find it.
public final class StandInDriver {
  private final Path folder;
  private final Map<String, String> environment;

  private StandInDriver(Path folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
  }

  /// Compiles the stand-in; skips the test where there is no C compiler.
  ///
  /// @param options of the C compiler
  public static StandInDriver in(Path folder, String... options) throws InterruptedException {
    Path library = folder.resolve("libcuda.so.1");
    try {
      ProcessBuilder compiler =
          new ProcessBuilder(
              "cc", "-shared", "-fPIC", "-o", library.toString(), "src/test/native/fake_cuda.c");
      compiler.command().addAll(List.of(options));
      assertThat(compiler.inheritIO().start().waitFor()).isZero();
    } catch (IOException e) {
      assumeTrue(false, "no C compiler for the stand-in driver");
    }
    return new StandInDriver(folder, Map.of());
  }

  /// The same, with a variable in the environment.
  public StandInDriver with(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new StandInDriver(folder, more);
  }

  /// Runs a class's main method in a process that finds the stand-in.
  ///
  /// @return what it and the stand-in printed
  public String run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName())
            .redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return output;
  }
}
