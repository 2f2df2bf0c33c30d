package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.linalg.FactorizationStore;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.MergeFactors;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.RankPolicies;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RankPolicyException;
import dev.tuckerc.transform.search.Explain;
import java.util.List;
import java.util.Optional;

/// How layers are decomposed: the value of `--ranks` and of the options beside it.
///
/// @param policy chooses the ranks
/// @param options what is allowed beside them
/// @param calibration the data that factors are fitted to, if any
/// @param goal in the place of the policy's own
/// @param explained the layer whose trade-off is asked for
/// @param words of the command line that say what is neither the policy's text nor an option
public record Ranks(
    RankPolicy policy,
    DecompositionOptions options,
    Optional<Calibration> calibration,
    Optional<Goal> goal,
    List<String> words,
    Optional<Explain> explained) {
  /// No decomposition.
  public static final Ranks NONE = new Ranks(RankPolicies.parse("none"));

  /// Ranks by a policy, every form allowed, factors of the weights alone.
  public Ranks(RankPolicy policy) {
    this(
        policy,
        DecompositionOptions.DEFAULT,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  /// The same ranks with options.
  public Ranks with(DecompositionOptions newOptions, Optional<Calibration> newCalibration) {
    return new Ranks(policy, newOptions, newCalibration, goal, words, explained);
  }

  /// The same ranks, with the trade-off of a layer in the reports.
  public Ranks explaining(String layer) {
    return new Ranks(policy, options, calibration, goal, words, Optional.of(new Explain(layer)));
  }

  /// @throws CliException for a value of another form, or a rank file that cannot be read
  public static Ranks parse(String text) {
    try {
      return new Ranks(RankPolicies.parse(text));
    } catch (RankPolicyException e) {
      throw new CliException(Code.CLI008, "--ranks: " + e.getMessage(), e);
    }
  }

  /// The policy as on the command line.
  public String text() {
    return policy.text();
  }

  /// Whether anything is decomposed at all.
  public boolean decomposes() {
    return !text().equals("none");
  }

  /// The passes that decompose; none where nothing is to be decomposed.
  public List<Pass> passes() {
    return decomposes() ? reportingPasses() : List.of();
  }

  /// The passes that decompose and report, also where nothing is to be decomposed.
  public List<Pass> reportingPasses() {
    return List.of(new DecomposeConvolutions(), new MergeFactors());
  }

  /// The context in which the passes run.
  ///
  /// @param fusion whether one kernel may compute several nodes
  public PassContext context(Precision precision, DeviceDescription target, boolean fusion) {
    return context(precision, target, fusion, new Predictions());
  }

  /// As [#context(Precision, DeviceDescription, boolean)].
  ///
  /// @param predictions asked before kernels are predicted, and told what was
  PassContext context(
      Precision precision, DeviceDescription target, boolean fusion, Predictions predictions) {
    KernelCostModel model = new KernelCostModel(target, predictions);
    PassContext context =
        PassContext.of(precision)
            .with(RankPolicy.class, policy)
            .with(DecompositionOptions.class, options)
            .with(FactorizationStore.class, FactorizationCache.standard())
            .with(LayerCostModel.class, fusion ? model : model.withoutRegions());
    if (explained.isPresent()) {
      context = context.with(Explain.class, explained.get());
    }
    return goal.isPresent() ? context.with(Goal.class, goal.get()) : context;
  }
}
