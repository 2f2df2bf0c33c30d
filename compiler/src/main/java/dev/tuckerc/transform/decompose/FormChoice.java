package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// Chooses the form of a layer together with its ranks: of the forms that have fewer parameters and
/// fewer multiply-accumulates than the dense layer, the one that the cost model predicts fastest,
/// or without a model the one with the fewest multiply-accumulates.
record FormChoice(LayerCost cost, DecompositionOptions options) {
  /// @param form empty where the layer stays dense
  record Result(Optional<LayerForm> form, String reason) {}

  /// @param users the layers that share the weight; they get one form
  Result choose(List<Layer> users, RankChoice choice) {
    if (choice instanceof RankChoice.KeepDense(String reason)) {
      return new Result(Optional.empty(), reason);
    }
    List<LayerForm> candidates = LayerForm.candidates(users.getFirst(), choice);
    if (candidates.isEmpty()) {
      return new Result(Optional.empty(), "ranks " + choice + " are full: nothing to save");
    }
    LayerFigures dense = total(users, layer -> List.of(layer.node().op()));
    Optional<LayerForm> best = Optional.empty();
    LayerFigures least = LayerFigures.NONE;
    List<String> refused = new ArrayList<>();
    for (LayerForm form : candidates) {
      LayerFigures figures = total(users, layer -> form.operations(layer.node()));
      Optional<String> refusal = refusal(form, figures, dense);
      if (refusal.isPresent()) {
        refused.add(refusal.get());
      } else if (best.isEmpty() || isBetter(figures, least)) {
        best = Optional.of(form);
        least = figures;
      }
    }
    if (best.isEmpty()) {
      return new Result(Optional.empty(), String.join("; ", refused));
    }
    return judged(best.get(), choice, least, dense);
  }

  private Result judged(
      LayerForm form, RankChoice choice, LayerFigures figures, LayerFigures dense) {
    String by =
        figures.microseconds().isPresent() ? "least estimated time" : "fewest multiply-accumulates";
    String reason = "ranks " + choice + " by the policy; form: " + by;
    if (figures.microseconds().isPresent() && dense.microseconds().isPresent()) {
      double after = figures.microseconds().getAsDouble();
      double before = dense.microseconds().getAsDouble();
      if (after >= before) {
        String slower =
            String.format(
                Locale.ROOT, "estimated %.2f us, no faster than dense at %.2f us", after, before);
        if (options.onlyFaster()) {
          return new Result(Optional.empty(), "ranks " + choice + ": " + slower);
        }
        reason += "; " + slower;
      }
    }
    return new Result(Optional.of(form), reason);
  }

  private Optional<String> refusal(LayerForm form, LayerFigures figures, LayerFigures dense) {
    if (!options.allows(form)) {
      return Optional.of("form " + form.name() + " is not asked for");
    }
    String ranks = "at ranks " + form.choice() + " (" + form.name() + "): ";
    if (figures.multiplyAccumulates() >= dense.multiplyAccumulates()) {
      return Optional.of(
          "no fewer multiply-accumulates "
              + ranks
              + figures.multiplyAccumulates()
              + " >= "
              + dense.multiplyAccumulates());
    }
    if (figures.parameters() >= dense.parameters()) {
      return Optional.of(
          "no fewer parameters " + ranks + figures.parameters() + " >= " + dense.parameters());
    }
    return Optional.empty();
  }

  private static boolean isBetter(LayerFigures a, LayerFigures b) {
    OptionalDouble first = a.microseconds();
    OptionalDouble second = b.microseconds();
    if (first.isPresent() && second.isPresent() && first.getAsDouble() != second.getAsDouble()) {
      return first.getAsDouble() < second.getAsDouble();
    }
    if (a.multiplyAccumulates() != b.multiplyAccumulates()) {
      return a.multiplyAccumulates() < b.multiplyAccumulates();
    }
    return a.parameters() < b.parameters();
  }

  private LayerFigures total(
      List<Layer> users, java.util.function.Function<Layer, List<? extends Op>> operations) {
    LayerFigures sum = LayerFigures.NONE;
    long parameters = -1;
    for (Layer layer : users) {
      LayerFigures figures = cost.figures(operations.apply(layer));
      parameters = parameters < 0 ? figures.parameters() : parameters;
      sum = sum.plus(figures);
    }
    return sum.withParameters(parameters);
  }
}
