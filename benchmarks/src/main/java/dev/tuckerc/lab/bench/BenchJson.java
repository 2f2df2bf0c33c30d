package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.lab.models.ModelCase;
import java.util.List;

/// Measurements as JSON.
final class BenchJson {
  private final BenchReport report;

  private BenchJson(BenchReport report) {
    this.report = report;
  }

  /// Adds everything to a result's data.
  static void add(ObjectNode data, BenchReport report) {
    BenchJson json = new BenchJson(report);
    data.put("emulated", report.emulated());
    data.put("clock", report.clock());
    ArrayNode kernels = data.putArray("kernels");
    report.kernels().forEach(result -> json.kernel(kernels.addObject(), result));
    ArrayNode models = data.putArray("models");
    report.models().forEach(result -> json.model(models.addObject(), result));
    ArrayNode ablations = data.putArray("ablations");
    report.ablations().forEach(ablation -> json.ablation(ablations.addObject(), ablation));
    ArrayNode failures = data.putArray("failures");
    for (Attempts.Failure failure : report.failures()) {
      ObjectNode node = failures.addObject();
      node.put("name", failure.name());
      node.put("message", failure.message());
    }
    List<Regret> regrets = report.regrets();
    if (!regrets.isEmpty()) {
      ObjectNode choice = data.putObject("choice");
      choice.put("cases", regrets.size());
      choice.put("attainedOfBest", Regret.attained(regrets));
      choice.put("bestChosen", regrets.stream().filter(r -> r.bestRank() == 0).count());
    }
  }

  private void kernel(ObjectNode node, KernelResult result) {
    node.put("name", result.subject().name());
    node.put("multiplyAdds", result.multiplyAdds());
    node.put("measuredMicroseconds", result.chosen().measured());
    if (!report.emulated()) {
      result.regret().ifPresent(regret -> choice(node.putObject("choice"), regret));
    }
    ArrayNode candidates = node.putArray("candidates");
    for (KernelResult.Candidate candidate : result.candidates()) {
      candidate(candidates.addObject(), candidate);
    }
  }

  private static void choice(ObjectNode node, Regret regret) {
    node.put("candidates", regret.candidates());
    node.put("chosenMicroseconds", regret.chosen());
    node.put("bestMicroseconds", regret.best());
    node.put("bestRank", regret.bestRank());
    node.put("regret", regret.share());
  }

  private void candidate(ObjectNode node, KernelResult.Candidate candidate) {
    node.put("rank", candidate.rank());
    Decision decision = candidate.decision();
    node.put("template", decision.template());
    ObjectNode parameters = node.putObject("parameters");
    decision.parameters().forEach(parameters::put);
    node.put("considered", decision.considered());
    node.put("launches", candidate.program().program().launches().size());
    ArrayNode resources = node.putArray("resources");
    for (CompiledKernel kernel : candidate.program().compiled()) {
      kernel
          .resources()
          .forEach((name, used) -> {
            ObjectNode each = resources.addObject();
            each.put("kernel", name);
            each.put("registers", used.registers());
            each.put("staticSharedBytes", used.sharedBytes());
            each.put("spillBytes", used.spillStoreBytes() + used.spillLoadBytes());
          });
    }
    figures(node, candidate.predicted(), candidate.floor(), candidate.measured());
    candidate.graph().addTo(node.putObject("graph"));
    candidate.resident().addTo(node.putObject("resident"));
    candidate.stream().addTo(node.putObject("stream"));
  }

  private void model(ObjectNode node, ModelResult result) {
    ModelCase subject = result.subject();
    node.put("name", subject.name());
    node.put("network", subject.network().text());
    node.put("precision", subject.precision().text());
    node.put("ranks", subject.ranks());
    node.put("launches", result.launches());
    node.put("multiplyAdds", result.multiplyAdds());
    node.put("weightBytes", result.weightBytes());
    node.put("arenaBytes", result.arenaBytes());
    node.put("measuredMicroseconds", result.measured());
    figures(node, result.predicted(), result.floor(), result.measured());
    result.graph().addTo(node.putObject("graph"));
    result.resident().addTo(node.putObject("resident"));
    result.stream().addTo(node.putObject("stream"));
    result.run().addTo(node.putObject("runWithCopiesMicroseconds"));
  }

  private void figures(ObjectNode node, double predicted, Floor floor, double measured) {
    node.put("predictedMicroseconds", predicted);
    floor.addTo(node.putObject("floorMicroseconds"));
    if (report.emulated()) {
      node.putNull("predictedOfMeasured");
      node.putNull("floorOfMeasured");
    } else {
      node.put("predictedOfMeasured", predicted / measured);
      node.put("floorOfMeasured", floor.microseconds() / measured);
    }
  }

  private void ablation(ObjectNode node, Ablation ablation) {
    node.put("network", ablation.network().text());
    node.put("precision", ablation.precision().text());
    node.put("ranks", ablation.tucker().subject().ranks());
    node.put("denseMicroseconds", ablation.dense().measured());
    node.put("tuckerMicroseconds", ablation.tucker().measured());
    node.put("speedup", ablation.speedup());
    node.put("predictedSpeedup", ablation.predictedSpeedup());
  }
}
