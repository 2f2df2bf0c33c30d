package dev.tuckerc.lab.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.results.Outcome;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The loop of a worker process: the name of a case comes in as a line, what came of it goes out as
/// a line of JSON. The first line out is the environment.
public final class Worker {
  private Worker() {}

  /// Answers until there are no more names, or the device has failed.
  public static void serve(CaseRunner runner) {
    try (PrintStream answers =
            new PrintStream(
                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        BufferedReader names =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      answers.println(ChildProcess.MARK + runner.environment().toJson());
      boolean usable = true;
      for (String name = names.readLine(); usable && name != null; name = names.readLine()) {
        ObjectNode answer = run(runner, name);
        answers.println(ChildProcess.MARK + answer);
        usable = !Outcome.of(answer.path("outcome").asText()).spoilsProcess();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode run(CaseRunner runner, String name) {
    long start = System.nanoTime();
    ObjectNode node = Output.object();
    Outcome outcome;
    try {
      outcome = runner.run(name, node);
    } catch (RuntimeException | LinkageError e) {
      node.put("reason", Failure.of(e).message());
      outcome = Outcome.FAILED;
    }
    ObjectNode answer = Output.object();
    answer.put("name", name);
    answer.put("outcome", outcome.word());
    answer.put("seconds", (System.nanoTime() - start) / 1e9);
    answer.setAll(node);
    return answer;
  }
}
