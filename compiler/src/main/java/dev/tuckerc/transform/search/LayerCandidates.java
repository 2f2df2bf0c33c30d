package dev.tuckerc.transform.search;

import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.report.LayerFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a layer may become, by its policy: forms that have fewer parameters and fewer
/// multiply-accumulates than the dense layer.
///
/// @param users the layer and those that share its weight; they get one form
/// @param choice what the policy says
/// @param forms none where the layer has to stay dense
/// @param refused why others were left out
/// @param keepsDense whether it may also stay as it is
public record LayerCandidates(
    List<Layer> users,
    RankChoice choice,
    List<LayerForm> forms,
    List<String> refused,
    boolean keepsDense) {
  public LayerCandidates {
    users = List.copyOf(users);
    forms = List.copyOf(forms);
    refused = List.copyOf(refused);
  }

  /// A layer that stays dense.
  public static LayerCandidates dense(List<Layer> users, String reason) {
    return new LayerCandidates(
        users, new RankChoice.KeepDense(reason), List.of(), List.of(reason), true);
  }

  /// The candidates for what a policy says.
  public static LayerCandidates of(
      List<Layer> users, RankChoice choice, LayerCost cost, DecompositionOptions options) {
    return choice instanceof RankChoice.KeepDense(String reason)
        ? dense(users, reason)
        : of(users, choice, LayerForm.candidates(users.getFirst(), choice), cost, options);
  }

  /// The candidates among some forms.
  public static LayerCandidates of(
      List<Layer> users,
      RankChoice choice,
      List<LayerForm> all,
      LayerCost cost,
      DecompositionOptions options) {
    Layer layer = users.getFirst();
    LayerFigures dense = cost.counted(List.of(layer.node().op()));
    List<LayerForm> forms = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (LayerForm form : all) {
      refusal(form, cost.counted(form.operations(layer)), dense, options)
          .ifPresentOrElse(refused::add, () -> forms.add(form));
    }
    if (all.isEmpty()) {
      refused.add(
          choice instanceof RankChoice.Search
              ? "no ranks below its channels on the grid"
              : "ranks " + choice + " are full: nothing to save");
    }
    boolean free = choice instanceof RankChoice.Search || options.onlyFaster();
    return new LayerCandidates(users, choice, forms, refused, free || forms.isEmpty());
  }

  private static Optional<String> refusal(
      LayerForm form, LayerFigures figures, LayerFigures dense, DecompositionOptions options) {
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

  /// The candidates with some of the forms only.
  ///
  /// @param why the others are left out
  LayerCandidates with(List<LayerForm> some, String why) {
    boolean none = some.isEmpty() && !forms.isEmpty();
    return new LayerCandidates(
        users, choice, some, none ? List.of(why) : refused, keepsDense || none);
  }

  public Layer layer() {
    return users.getFirst();
  }

  /// Why a layer without forms stays dense.
  public String whyNone() {
    return refused.stream().distinct().limit(3).collect(Collectors.joining("; "));
  }
}
