package dev.tuckerc.cli.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One kernel of a bundle with what is known of it.
///
/// @param decision why it is as it is, parsed
public record KernelView(Bundle bundle, KernelRecord kernel, JsonNode decision) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SUGGESTED = 8;

  /// The kernel of this exact name.
  public static KernelView of(Bundle bundle, String name) {
    return bundle.kernels().stream()
        .filter(kernel -> kernel.name().equals(name))
        .findFirst()
        .map(kernel -> of(bundle, kernel))
        .orElseThrow(() -> new IllegalStateException("the bundle lacks kernel " + name));
  }

  /// The kernel that a user means: of this name, made for an ONNX node of this name, or beginning
  /// with it. Where a node has several, it is the one that takes longest by the estimate; the
  /// others bring its operands into the form it wants.
  ///
  /// @throws CliException when there is none, or the start of a name fits several
  public static KernelView find(Bundle bundle, String wanted) {
    List<KernelView> views = bundle.kernels().stream().map(kernel -> of(bundle, kernel)).toList();
    List<KernelView> found =
        views.stream().filter(view -> view.kernel().name().equals(wanted)).toList();
    if (found.isEmpty()) {
      found = madeFor(views, wanted).limit(1).toList();
    }
    if (found.isEmpty()) {
      found = views.stream().filter(view -> view.kernel().name().startsWith(wanted)).toList();
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    List<KernelView> suggested = found.isEmpty() ? views : found;
    String names =
        suggested.stream()
            .limit(SUGGESTED)
            .map(view -> view.kernel().name())
            .collect(Collectors.joining(", "));
    throw new CliException(
        Code.CLI006,
        (found.isEmpty() ? "there is no kernel '" : "several kernels fit '")
            + wanted
            + "'; name one of: "
            + names
            + (suggested.size() > SUGGESTED ? ", ... ('tuckerc inspect' lists all)" : ""));
  }

  private static Stream<KernelView> madeFor(List<KernelView> views, String node) {
    return views.stream()
        .filter(view -> view.nodes().contains(node))
        .sorted(Comparator.comparingDouble(KernelView::microseconds).reversed());
  }

  /// Names of the other kernels made for the ONNX node of a name, if that is how the kernel was
  /// found.
  public List<String> alternatives(String wanted) {
    List<KernelView> views = bundle.kernels().stream().map(each -> of(bundle, each)).toList();
    return wanted.equals(kernel.name()) || !nodes().contains(wanted)
        ? List.of()
        : madeFor(views, wanted)
            .map(view -> view.kernel().name())
            .filter(name -> !name.equals(kernel.name()))
            .toList();
  }

  /// The estimate of one launch.
  public double microseconds() {
    return decision.path("estimate").path("microseconds").asDouble();
  }

  private static KernelView of(Bundle bundle, KernelRecord kernel) {
    try {
      return new KernelView(bundle, kernel, JSON.readTree(kernel.decision()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("decision of " + kernel.name() + " is no JSON", e);
    }
  }

  /// Names of the ONNX nodes that it computes.
  public List<String> nodes() {
    List<String> names = new ArrayList<>();
    for (JsonNode node : decision.path("nodes")) {
      names.add(node.path("name").asText());
    }
    return names;
  }

  /// Name of the first node; empty for a kernel that stands for none.
  public String firstNode() {
    List<String> nodes = nodes();
    return nodes.isEmpty() ? "" : nodes.getFirst();
  }

  /// The lines of the tensor graph whose location names one of the kernel's nodes.
  public String graphLines() {
    List<String> quoted = nodes().stream().map(name -> "\"" + name + "\"").toList();
    return bundle
        .graph()
        .lines()
        .filter(line -> {
          int location = line.indexOf("loc(");
          return location >= 0 && quoted.stream().anyMatch(line.substring(location)::contains);
        })
        .collect(Collectors.joining("\n"));
  }
}
