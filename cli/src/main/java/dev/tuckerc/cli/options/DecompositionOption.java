package dev.tuckerc.cli.options;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.pipeline.Calibration;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.transform.calibrate.ErrorKind;
import dev.tuckerc.transform.calibrate.FitMode;
import dev.tuckerc.transform.layer.DecompositionOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options beside `--ranks`: what forms layers may take, and what their factors are fitted to.
public final class DecompositionOption {
  private static final List<String> FORMS =
      List.of("R-C-E", "R-CE", "RC-E", "R-E", "B-A", "R-D-E", "TT");

  @Option(
      names = "--forms",
      paramLabel = "FORM,...",
      split = ",",
      description =
          "Forms that layers may take: R-C-E (reduce, core, expand), R-CE, RC-E, R-E (singular"
              + " values), B-A (basis), R-D-E (canonical polyadic), TT (tensor train). Default: whichever is predicted fastest.")
  private List<String> forms = new ArrayList<>();

  @Option(
      names = "--only-faster",
      description = "Keep layers dense that the decomposition is not predicted to make faster.")
  private boolean onlyFaster;

  @Option(
      names = "--calibrate",
      paramLabel = "SOURCE",
      description =
          "Fit the factors to data, in closed form: npy:[NAME=]FILE.npy, images:DIR, cifar10:DIR,"
              + " cifar100:DIR, idx:DIR or ts:DIR. No labels are used.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Samples to calibrate with (default: 256).")
  private @Nullable Integer samples;

  @Option(
      names = "--fit",
      paramLabel = "WHAT",
      description =
          "weights; moments (mean and deviation of every output channel); or outputs, the whole"
              + " fit (default with data).")
  private @Nullable String fit;

  @Mixin private PreprocessOption preprocess = new PreprocessOption();

  @Option(
      names = "--calibrate-seed",
      paramLabel = "N",
      description = "Seed of the choice of positions within the samples (default: 0).")
  private @Nullable Long seed;

  @Option(
      names = "--error",
      paramLabel = "WHAT",
      description =
          "What a search for ranks takes for a layer's error: weights (default); outputs, what its"
              + " output loses on the data; task, that times what the network's outputs lose by it.")
  private @Nullable String error;

  @Mixin private GoalOption goal = new GoalOption();

  /// A request with these options.
  ///
  /// @throws CliException when they do not fit each other
  public CompileRequest applyTo(CompileRequest request) {
    for (String form : forms) {
      if (!FORMS.contains(form)) {
        throw new CliException(
            Code.CLI001, "--forms: '" + form + "' is not known; use some of " + FORMS);
      }
    }
    Ranks ranks = request.ranks();
    requireSearch(ranks);
    if (!ranks.decomposes() && !given().isEmpty()) {
      throw new CliException(
          Code.CLI001, given() + " has no effect without --ranks: nothing is decomposed");
    }
    return request.with(
        goal.applyTo(ranks).with(new DecompositionOptions(forms, onlyFaster), calibration()));
  }

  private void requireSearch(Ranks ranks) {
    String text = ranks.text();
    boolean searches =
        text.equals("latency") || text.startsWith("haloc-grid") || text.startsWith("flops");
    if (error != null && ranks.decomposes() && !searches) {
      throw new CliException(
          Code.CLI001,
          "--error has no effect with --ranks "
              + text
              + ": use --ranks latency, flops=SHARE or haloc-grid=MULTIPLE");
    }
    if (searches && forms.equals(List.of("TT"))) {
      throw new CliException(
          Code.CLI001,
          "--forms TT: a search plans no tensor trains; name their modes and ranks in a file for"
              + " --ranks fixed=FILE.json");
    }
  }

  private String given() {
    List<String> given = new ArrayList<>();
    if (!forms.isEmpty()) {
      given.add("--forms");
    }
    if (onlyFaster) {
      given.add("--only-faster");
    }
    if (!sources.isEmpty()) {
      given.add("--calibrate");
    }
    given.addAll(beside());
    given.addAll(goal.given());
    return String.join(", ", given);
  }

  private List<String> beside() {
    List<String> given = new ArrayList<>();
    if (samples != null) {
      given.add("--samples");
    }
    if (fit != null) {
      given.add("--fit");
    }
    if (preprocess.settings().isPresent()) {
      given.add("--preprocess");
    }
    if (seed != null) {
      given.add("--calibrate-seed");
    }
    if (error != null && errors() != ErrorKind.WEIGHTS) {
      given.add("--error " + error);
    }
    return given;
  }

  private Optional<Calibration> calibration() {
    FitMode mode = mode();
    if (sources.isEmpty()) {
      if (!beside().isEmpty() && !(mode == FitMode.WEIGHTS && beside().equals(List.of("--fit")))) {
        throw new CliException(
            Code.CLI001, String.join(", ", beside()) + " needs data: add --calibrate SOURCE");
      }
      return Optional.empty();
    }
    int count = samples == null ? Calibration.SAMPLES : samples;
    if (count < 1) {
      throw new CliException(Code.CLI001, "--samples: at least 1 is needed, not " + count);
    }
    return Optional.of(
        new Calibration(
            sources, count, mode, errors(), preprocess.settings(), seed == null ? 0 : seed));
  }

  private ErrorKind errors() {
    return error == null ? ErrorKind.WEIGHTS : known("--error", ErrorKind.values(), error);
  }

  private FitMode mode() {
    return fit == null ? FitMode.OUTPUTS : known("--fit", FitMode.values(), fit);
  }

  private static <T extends Enum<T>> T known(String option, T[] values, String text) {
    List<String> names = new ArrayList<>();
    for (T value : values) {
      String name = value.name().toLowerCase(Locale.ROOT);
      if (name.equals(text)) {
        return value;
      }
      names.add(name);
    }
    throw new CliException(
        Code.CLI001,
        option + ": '" + text + "' is not known; use one of " + String.join(", ", names));
  }
}
