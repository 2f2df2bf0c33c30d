package dev.tuckerc.cli.console;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// A program of commands: its streams, how its errors are shown, and how its process ends.
public final class Program {
  /// Bits of a file's mode that say what it is (`stat(2)`), and two of their values.
  private static final int FILE_KIND = 0170000;

  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private Program() {}

  /// Runs one command with the given streams.
  public interface Body {
    /// @return the exit code
    int run(String[] args, PrintStream out, PrintStream err);
  }

  /// Runs one command with the process's streams and ends the process with its exit code.
  public static void runAndExit(String[] args, Body body) {
    // The same numbers everywhere, and words whose case does not depend on the user's language.
    Locale.setDefault(Locale.ROOT);
    Recording results = new Recording(new FileOutputStream(FileDescriptor.out));
    PrintStream out = stream(new PrintableStream(results));
    PrintStream err = stream(new PrintableStream(new FileOutputStream(FileDescriptor.err)));
    // For the log, which shows what files hold as well.
    System.setErr(err);
    int exit = body.run(args, out, err);
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

  /// Where a command that was called with these arguments writes.
  public static Output output(String[] args, PrintStream out, PrintStream err) {
    boolean quiet = Arrays.asList(args).contains("--quiet");
    return new Output(out, err, Boolean.getBoolean("tuckerc.terminal"), quiet);
  }

  /// Runs one command of a command line whose root is a [RootCommand]; an error becomes one line.
  ///
  /// @return the exit code
  public static int execute(CommandLine line, String[] args, Output output) {
    line.setOut(new PrintWriter(output.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(output.err(), true, StandardCharsets.UTF_8));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (e, command, result) -> report(e, output, root(command).stacktrace()));
    line.setParameterExceptionHandler((e, rest) -> reportUsage(e, output));
    try {
      return line.execute(args);
    } catch (Error e) {
      return report(e, output, root(line).stacktrace());
    }
  }

  private static RootCommand root(CommandLine command) {
    CommandLine line = command;
    while (line.getParent() != null) {
      line = line.getParent();
    }
    return line.getCommand();
  }

  private static int report(Throwable e, Output output, boolean stacktrace) {
    Failure failure = Failure.of(e);
    output.out().flush();
    output.err().println(failure);
    if (stacktrace) {
      e.printStackTrace(output.err());
    }
    return failure.exit();
  }

  private static int reportUsage(ParameterException e, Output output) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    StringBuilder hint = new StringBuilder();
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      for (String suggestion : unmatched.getSuggestions()) {
        hint.append(hint.isEmpty() ? "; did you mean " : " or ").append(suggestion);
      }
    }
    output
        .err()
        .println(
            new Failure(
                ExitCode.USAGE, "CLI001", message + hint + "; see '" + command + " --help'"));
    return ExitCode.USAGE;
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
        if (!readByAnotherProcess()) {
          failure = String.valueOf(e.getMessage());
        }
        throw e;
      }
    }
  }

  /// Whether standard output is a pipe or socket: writing to one fails only where the reader has
  /// gone. The message of the failure is no help, as it is in the user's language.
  private static boolean readByAnotherProcess() {
    try {
      int mode = (int) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode");
      int kind = mode & FILE_KIND;
      return kind == PIPE || kind == SOCKET;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }
}
