package dev.tuckerc.transform.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// What a network would cost with a layer in other forms and at other ranks, all other layers as
/// they are planned.
///
/// @param layer name of the ONNX node
/// @param planned the option that the plan has
/// @param options by form and rank
public record LayerTradeOff(String layer, Option planned, List<Option> options) {
  public LayerTradeOff {
    options = List.copyOf(options);
  }

  /// One way to run the layer.
  ///
  /// @param form such as `R-C-E`, or `dense`
  /// @param ranks as text; empty for the dense layer
  /// @param rank the one that varies; empty where none does
  /// @param microseconds predicted time of the whole network
  /// @param error relative error of the layer
  public record Option(
      String form, String ranks, OptionalDouble rank, double microseconds, double error) {
    /// Whether another is no worse in both and better in one.
    boolean isDominatedBy(Option other) {
      return other.microseconds <= microseconds
          && other.error <= error
          && (other.microseconds < microseconds || other.error < error);
    }
  }

  /// The options that no other one dominates, the fastest first.
  public List<Option> front() {
    List<Option> all = new ArrayList<>(options);
    all.add(planned);
    return all.stream()
        .filter(option -> all.stream().noneMatch(option::isDominatedBy))
        .distinct()
        .sorted(Comparator.comparingDouble(Option::microseconds))
        .toList();
  }

  /// A table of what is worth choosing, with what was chosen.
  public String toText() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: the network with this layer otherwise, all others as planned%n  %-8s %-12s %10s"
                + " %10s %10s%n",
            layer,
            "form",
            "ranks",
            "us",
            "change",
            "rel. error"));
    List<Option> shown = new ArrayList<>(front());
    if (!shown.contains(planned)) {
      shown.add(planned);
    }
    for (Option option : shown) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s %-8s %-12s %10.2f %+10.2f %10.4f%n",
              option.equals(planned) ? "*" : " ",
              option.form(),
              option.ranks(),
              option.microseconds(),
              option.microseconds() - planned.microseconds(),
              option.error()));
    }
    return text.toString();
  }
}
