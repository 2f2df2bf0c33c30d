package dev.tuckerc.lab.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.ResultLog;
import dev.tuckerc.lab.worker.ChildProcess.TooLateException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs cases one after another in a worker process. What came of each is written before the next
/// one begins. A worker that hangs in a case is ended, one that ended by itself or whose device
/// failed is replaced: NVIDIA documents that after a fault a context stays unusable until its
/// process ends, so nothing is ever recovered inside one.
public final class Supervisor implements AutoCloseable {
  /// A worker loads native libraries and opens the device in this time.
  private static final Duration START = Duration.ofSeconds(60);

  /// So many cases in a row that hang, crash or find no worker say that the machine is at fault.
  private static final int ENOUGH = 3;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> command;
  private final Duration caseLimit;
  private final Deadline deadline;
  private final ResultLog log;
  private final Consumer<String> notes;
  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
  private @Nullable ChildProcess child;
  private boolean begun;
  private String lastDeath = "";

  /// @param main class of the worker's `main` method
  /// @param arguments of it
  /// @param caseLimit time for one case
  /// @param deadline no case is begun after it, and none runs past it
  /// @param notes gets a line for each case, and what workers print on standard error
  public Supervisor(
      Class<?> main,
      List<String> arguments,
      Duration caseLimit,
      Deadline deadline,
      ResultLog log,
      Consumer<String> notes) {
    this.command = ChildProcess.java(main, arguments);
    this.caseLimit = caseLimit;
    this.deadline = deadline;
    this.log = log;
    this.notes = notes;
  }

  /// How many cases came to what.
  public Map<Outcome, Integer> outcomes() {
    return outcomes;
  }

  /// Runs cases in order.
  ///
  /// @param results gets the line of each case after it was written
  public void run(List<String> cases, Consumer<ObjectNode> results) {
    int inARow = 0;
    String last = "";
    for (String name : cases) {
      ObjectNode line;
      if (inARow == ENOUGH) {
        line = line(name, Outcome.LEFT_OUT, "the " + ENOUGH + " cases before it failed: " + last);
      } else if (deadline.passed()) {
        line = line(name, Outcome.LEFT_OUT, "no time was left");
      } else {
        line = one(name);
        Outcome outcome = Outcome.of(line.path("outcome").asText());
        boolean lost = outcome == Outcome.HUNG || outcome == Outcome.CRASHED;
        inARow = lost ? inARow + 1 : 0;
        last = line.path("reason").asText();
      }
      log.write(line);
      Outcome outcome = Outcome.of(line.path("outcome").asText());
      outcomes.merge(outcome, 1, Integer::sum);
      notes.accept(text(line));
      results.accept(line);
    }
  }

  private ObjectNode one(String name) {
    long start = System.nanoTime();
    Duration limit = deadline.atMost(caseLimit);
    try {
      Optional<ChildProcess> ready = worker();
      if (ready.isEmpty()) {
        return line(name, Outcome.CRASHED, "no worker process: " + lastDeath);
      }
      ChildProcess worker = ready.get();
      worker.send(name);
      Optional<String> answer = worker.receive(limit);
      if (answer.isEmpty()) {
        ObjectNode line = line(name, Outcome.CRASHED, worker.death());
        drop();
        return line;
      }
      ObjectNode line = (ObjectNode) JSON.readTree(answer.get());
      if (Outcome.of(line.path("outcome").asText()).spoilsProcess()) {
        drop();
      }
      return line;
    } catch (TooLateException e) {
      drop();
      boolean own = limit.equals(caseLimit);
      ObjectNode line =
          line(
              name,
              own ? Outcome.HUNG : Outcome.LEFT_OUT,
              own
                  ? "ended after " + limit.toSeconds() + " s"
                  : "ended unfinished, for no time was left");
      line.put("seconds", (System.nanoTime() - start) / 1e9);
      return line;
    } catch (JsonProcessingException e) {
      drop();
      return line(name, Outcome.CRASHED, "its process answered no JSON: " + e.getOriginalMessage());
    }
  }

  /// The worker, started if there is none; empty when it does not start.
  private Optional<ChildProcess> worker() throws JsonProcessingException {
    if (child == null) {
      child = new ChildProcess(command, notes);
      Optional<String> environment;
      try {
        environment = child.receive(START);
      } catch (TooLateException e) {
        lastDeath = "it did not start within " + START.toSeconds() + " s";
        drop();
        return Optional.empty();
      }
      if (environment.isEmpty()) {
        lastDeath = child.death();
        drop();
        return Optional.empty();
      }
      if (!begun) {
        begun = true;
        log.begin(JSON.readTree(environment.get()));
      }
    }
    return Optional.of(child);
  }

  private void drop() {
    if (child != null) {
      child.close();
      child = null;
    }
  }

  private static ObjectNode line(String name, Outcome outcome, String reason) {
    ObjectNode line = Output.object();
    line.put("name", name);
    line.put("outcome", outcome.word());
    line.put("seconds", 0.0);
    line.put("reason", reason);
    return line;
  }

  private static String text(ObjectNode line) {
    StringBuilder text = new StringBuilder();
    text.append("%-9s ".formatted(line.path("outcome").asText()));
    text.append(line.path("name").asText());
    text.append(" (%.2f s)".formatted(line.path("seconds").asDouble()));
    for (String field : List.of("summary", "reason")) {
      if (line.has(field)) {
        text.append(": ").append(line.path(field).asText().lines().findFirst().orElse(""));
      }
    }
    return text.toString();
  }

  @Override
  public void close() {
    drop();
  }
}
