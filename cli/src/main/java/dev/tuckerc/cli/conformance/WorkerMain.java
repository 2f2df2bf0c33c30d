package dev.tuckerc.cli.conformance;

import dev.tuckerc.cli.Main;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Entry point of a worker process; see [Worker].
@Command(name = "conformance-worker")
public final class WorkerMain {
  private WorkerMain() {}

  /// Answers one line for every line of input, until there is none.
  public static void main(String[] args) throws IOException {
    Locale.setDefault(Locale.ROOT);
    Main.configure(args);
    CaseOptions options = new CaseOptions();
    new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin("case", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
        .parseArgs(args);
    PrintStream answers =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    try (CaseRunner runner = new CaseRunner(options);
        BufferedReader requests =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        answers.println(Worker.MARK + runner.run(folder(line)).encode());
      }
    }
    Runtime.getRuntime().halt(0);
  }

  /// A folder's name may hold newlines.
  private static Path folder(String line) {
    return Path.of(URLDecoder.decode(line, StandardCharsets.UTF_8));
  }
}
