package dev.tuckerc.transform.search;

import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.RankGrid;
import dev.tuckerc.transform.plan.KernelCosts;
import dev.tuckerc.transform.plan.NetworkPlan;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RankPolicyException;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.LayerTradeOff.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// Prices a layer at all ranks of each form, all other layers as planned: the staircase of its
/// latency.
record LayerExplanation(
    CompiledGraph compiled,
    KernelCosts times,
    LayerCost counts,
    DecompositionOptions options,
    LayerErrors errors,
    KnownWeights known) {
  /// Ranks of one form, at most.
  private static final int MOST_RANKS = 32;

  /// @param name of the layer
  /// @param round the last of a search
  /// @throws RankPolicyException when the plan has no such layer
  LayerTradeOff of(String name, PlanRound round, NetworkPlan plan) {
    LayerCandidates wanted =
        round.candidates().stream()
            .filter(layer -> layer.layer().name().equals(name) && round.isPlanned(layer))
            .findFirst()
            .orElseThrow(() ->
                new RankPolicyException(
                    "the model has no layer named '"
                        + name
                        + "' to explain; `tuckerc decompose` lists them"));
    List<LayerCandidates> fixed = new ArrayList<>();
    LayerCandidates varied = wanted;
    for (LayerCandidates layer : round.candidates()) {
      int chosen = round.chosen(plan, layer);
      List<LayerForm> own = chosen == 0 ? List.of() : List.of(layer.forms().get(chosen - 1));
      LayerCandidates now =
          new LayerCandidates(layer.users(), layer.choice(), own, layer.refused(), chosen == 0);
      if (layer == wanted) {
        now =
            new LayerCandidates(layer.users(), layer.choice(), forms(layer, own), List.of(), true);
        varied = now;
      }
      fixed.add(now);
    }
    LayerErrors own =
        errors.knows(wanted.layer()) ? errors : new WeightErrors(List.of(wanted.layer()), known);
    PlanRound other = new PlanRound(compiled, fixed, times, Goal.FASTEST, (layer, form) -> 0);
    LayerCandidates layer = varied;
    List<Option> shown = new ArrayList<>();
    for (int i = 0; i <= layer.forms().size(); i++) {
      int alternative = i;
      double microseconds =
          other.evaluate(each -> each == layer ? alternative : each.keepsDense() ? 0 : 1).cost();
      shown.add(option(layer, i, microseconds, own));
    }
    int chosen = round.chosen(plan, wanted);
    int planned = chosen == 0 ? 0 : 1 + layer.forms().indexOf(wanted.forms().get(chosen - 1));
    return new LayerTradeOff(name, shown.get(planned), shown);
  }

  private static Option option(
      LayerCandidates layer, int alternative, double microseconds, LayerErrors errors) {
    if (alternative == 0) {
      return new Option(LayerReport.DENSE, "", OptionalDouble.empty(), microseconds, 0);
    }
    LayerForm form = layer.forms().get(alternative - 1);
    double rank =
        switch (form.choice()) {
          case RankChoice.Ranks(int in, int out) -> form.name().equals("RC-E") ? out : in;
          case RankChoice.SingularValues(int values) -> values;
          case RankChoice.Basis(int kernels) -> kernels;
          case RankChoice.Terms(int count) -> count;
          case RankChoice.Train _ -> form.steps().getLast().inputs();
          case RankChoice.Fraction _, RankChoice.Search _, RankChoice.KeepDense _ ->
              throw new IllegalStateException("a form has ranks");
        };
    return new Option(
        form.name(),
        form.choice().toString(),
        OptionalDouble.of(rank),
        microseconds,
        Math.sqrt(errors.of(layer.layer(), form)));
  }

  /// Every form at ranks from the quantum to the channels, and what was chosen.
  private List<LayerForm> forms(LayerCandidates candidates, List<LayerForm> chosen) {
    Layer layer = candidates.layer();
    List<RankChoice> ranks = new ArrayList<>();
    boolean spatial = layer.kind() == LayerKind.SPATIAL || layer.kind() == LayerKind.TRANSPOSED;
    boolean matrix = layer.kind() == LayerKind.POINTWISE || layer.kind() == LayerKind.PRODUCT;
    int least = Math.min(layer.inputs(), layer.outputs());
    if (spatial) {
      axis(layer.inputs()).forEach(r -> ranks.add(new RankChoice.Ranks(r, layer.outputs())));
      axis(layer.outputs()).forEach(r -> ranks.add(new RankChoice.Ranks(layer.inputs(), r)));
      axis(least).forEach(r -> ranks.add(new RankChoice.Ranks(r, r)));
      for (int kernels = 1; RankGrid.hasBases(layer) && kernels < layer.taps(); kernels++) {
        ranks.add(new RankChoice.Basis(kernels));
      }
      if (layer.kind() == LayerKind.SPATIAL) {
        RankGrid.terms(layer, RankPolicy.QUANTUM).forEach(ranks::add);
      }
    } else if (matrix) {
      axis(least).forEach(r -> ranks.add(new RankChoice.SingularValues(r)));
    }
    List<LayerForm> forms = new ArrayList<>();
    for (RankChoice choice : ranks) {
      LayerForm.candidates(layer, choice).stream()
          .filter(form -> form.choice().equals(choice))
          .forEach(forms::add);
    }
    List<LayerForm> allowed =
        new ArrayList<>(
            LayerCandidates.of(candidates.users(), RankChoice.Search.ALL, forms, counts, options)
                .forms());
    chosen.stream().filter(form -> !allowed.contains(form)).forEach(allowed::add);
    return allowed;
  }

  private static List<Integer> axis(int channels) {
    int step = RankPolicy.QUANTUM * Math.max(1, channels / RankPolicy.QUANTUM / MOST_RANKS);
    List<Integer> ranks = new ArrayList<>();
    for (int rank = step; rank < channels; rank += step) {
      ranks.add(rank);
    }
    return ranks;
  }
}
