package dev.tuckerc.cli;

import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cuda.TuckercCache;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Entry point of the `tuckerc` command.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    Recording results = new Recording(new FileOutputStream(FileDescriptor.out));
    PrintStream out = stream(results);
    PrintStream err = stream(new FileOutputStream(FileDescriptor.err));
    int exit = run(args, out, err);
    out.flush();
    String lost = results.failure;
    if (exit == ExitCode.OK && lost != null) {
      err.println(
          new Failure(
              ExitCode.USAGE,
              "CLI003",
              "standard output: cannot be written (" + lost + "); check free space"));
      exit = ExitCode.USAGE;
    }
    err.flush();
    // Not System.exit: a worker thread of a native library must not keep a finished command alive.
    Runtime.getRuntime().exit(exit);
  }

  /// Runs one command in this process.
  ///
  /// @return the exit code
  public static int run(String[] args, PrintStream out, PrintStream err) {
    configure(args);
    boolean quiet = Arrays.asList(args).contains("--quiet");
    Output output = new Output(out, err, Boolean.getBoolean("tuckerc.terminal"), quiet);
    return Tuckerc.execute(args, output);
  }

  /// Settings that libraries read once, when their first class is loaded.
  public static void configure(String[] args) {
    String level = Arrays.asList(args).contains("--verbose") ? "debug" : "warn";
    setDefault("org.slf4j.simpleLogger.defaultLogLevel", level);
    // ND4J reports its back end at level info, and Reflections complains of jars without classes.
    setDefault("org.slf4j.simpleLogger.log.org.nd4j", "error");
    setDefault("org.slf4j.simpleLogger.log.org.reflections", "error");
    setDefault("org.slf4j.simpleLogger.showThreadName", "false");
    setDefault("org.slf4j.simpleLogger.showShortLogName", "true");
    setDefault(
        "org.bytedeco.javacpp.cachedir",
        TuckercCache.standard().natives().resolve("javacpp").toString());
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  private static PrintStream stream(OutputStream target) {
    return new PrintStream(new BufferedOutputStream(target, 1 << 13), true, StandardCharsets.UTF_8);
  }

  /// Remembers that results were lost, which a print stream keeps to itself. A reader that has seen
  /// enough, as `head`, loses nothing.
  private static final class Recording extends FilterOutputStream {
    private volatile @Nullable String failure;

    Recording(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.contains("Broken pipe")) {
          failure = message;
        }
        throw e;
      }
    }
  }
}
