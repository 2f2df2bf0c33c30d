package dev.tuckerc.lab.process;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.lab.results.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A command of the laboratory in a Java virtual machine of its own, with the class path and
/// options of this one.
public final class LabProcess {
  private static final Pattern ERROR = Pattern.compile("tuckerc: error ([A-Z]+[0-9]+): (.*)");
  private static final String MAIN = "dev.tuckerc.lab.Lab";

  private LabProcess() {}

  /// How a process ended.
  ///
  /// @param exit exit code; 128 + signal where it was ended by one
  /// @param pastLimit whether it was ended because it ran past its limit
  /// @param seconds it took
  /// @param error the last error it reported, if any
  public record Ended(int exit, boolean pastLimit, double seconds, Optional<Error> error) {}

  /// An error as a command reports it.
  ///
  /// @param code diagnostic code
  /// @param message what is wrong and the remedy
  public record Error(String code, String message) {}

  /// The command line that runs a command of the laboratory.
  ///
  /// @param arguments of `lab`, the command first
  public static List<String> commandLine(List<String> arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    NvrtcCompiler.namedLibrary()
        .ifPresent(path -> line.add("-D" + NvrtcCompiler.LIBRARY_PROPERTY + "=" + path));
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(MAIN);
    line.addAll(arguments);
    return line;
  }

  /// Runs a process to its end, or ends it at a limit.
  ///
  /// @param out gets each line of its standard output
  /// @param err gets each line of its standard error
  /// @throws CliException when it cannot be started
  public static Ended run(
      List<String> commandLine, double limitSeconds, Consumer<String> out, Consumer<String> err) {
    long start = System.nanoTime();
    Process process;
    try {
      process =
          new ProcessBuilder(commandLine)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
    } catch (IOException e) {
      throw new CliException(
          Code.CLI012, commandLine.getFirst() + ": cannot be started (" + e.getMessage() + ")", e);
    }
    Thread hook = new Thread(() -> ChildProcess.end(process), "end-child");
    Runtime.getRuntime().addShutdownHook(hook);
    AtomicReference<@Nullable Error> error = new AtomicReference<>();
    Thread outReader = reader(process.getInputStream(), out);
    Thread errReader =
        reader(
            process.getErrorStream(),
            line -> {
              Matcher matcher = ERROR.matcher(line);
              if (matcher.matches()) {
                error.set(new Error(matcher.group(1), matcher.group(2)));
              }
              err.accept(line);
            });
    boolean pastLimit = false;
    try {
      if (!process.waitFor(
          (long) Math.min(limitSeconds * 1e3, Long.MAX_VALUE / 2), TimeUnit.MILLISECONDS)) {
        pastLimit = true;
        ChildProcess.end(process);
      }
      process.waitFor();
      outReader.join();
      errReader.join();
    } catch (InterruptedException e) {
      ChildProcess.end(process);
      Thread.currentThread().interrupt();
      throw new CliException(Code.CLI012, commandLine.getFirst() + ": interrupted", e);
    } finally {
      removeHook(hook);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Ended(process.exitValue(), pastLimit, seconds, Optional.ofNullable(error.get()));
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process is ending, and the hook does its work.
    }
  }

  private static Thread reader(InputStream in, Consumer<String> lines) {
    return Thread.ofPlatform()
        .daemon()
        .name("child-output")
        .start(() -> {
          try (BufferedReader reader =
              new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines);
          } catch (IOException | UncheckedIOException e) {
            // A process that is ended closes its streams.
          }
        });
  }
}
