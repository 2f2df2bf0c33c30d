package dev.tuckerc.cli.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.ir.PrintableText;
import java.util.Locale;

/// Why a kernel is what it is, for a reader: its predicted time by phase, and what it was chosen
/// over.
public final class WhyText {
  private WhyText() {}

  /// Several lines.
  public static String of(KernelView view) {
    JsonNode decision = view.decision();
    JsonNode estimate = decision.path("estimate");
    StringBuilder text = new StringBuilder();
    text.append(view.kernel().name()).append(": ").append(decision.path("template").asText());
    text.append(parameters(decision.path("parameters"))).append('\n');
    text.append(
        String.format(
            Locale.ROOT,
            "  predicted %.2f us, %s bound, %d blocks, %.2f waves%n",
            estimate.path("microseconds").asDouble(),
            estimate.path("bound").asText(),
            estimate.path("blocks").asLong(),
            estimate.path("waves").asDouble()));
    line(text, "edge", estimate.path("edge"), "latency");
    line(text, "first load", estimate.path("firstLoad"), "latency");
    for (JsonNode phase : estimate.path("phases")) {
      line(
          text,
          phase.path("name").asText(),
          phase.path("microseconds"),
          phase.path("bound").asText());
    }
    if (estimate.path("deviceMemory").asDouble() > 0) {
      line(text, "device memory", estimate.path("deviceMemory"), "memory");
    }
    line(text, "store latency", estimate.path("store"), "latency");
    JsonNode other = decision.path("runnerUp");
    if (!other.isMissingNode()) {
      text.append("  best of ").append(decision.path("considered").asInt());
      text.append("; runner-up ").append(other.path("template").asText());
      text.append(parameters(other.path("parameters"))).append(": ");
      text.append(other.path("reason").asText()).append('\n');
    }
    for (JsonNode note : decision.path("notes")) {
      text.append("  ").append(PrintableText.of(note.asText())).append('\n');
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String name, JsonNode time, String bound) {
    text.append(
        String.format(Locale.ROOT, "    %-20s %8.3f us  %s%n", name, time.asDouble(), bound));
  }

  private static String parameters(JsonNode parameters) {
    StringBuilder text = new StringBuilder();
    parameters
        .properties()
        .forEach(entry ->
            text.append(' ').append(entry.getKey()).append('=').append(entry.getValue().asLong()));
    return text.toString();
  }
}
