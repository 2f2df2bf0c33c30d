package dev.tuckerc.cli.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.options.PreprocessOption;
import dev.tuckerc.cli.samples.ModelData;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.data.Split;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc evaluate`: how good a model is on data.
@Command(
    name = "evaluate",
    description =
        "Judges a model or a bundle, as it lies on disk, on a data set: top-1 and top-5 accuracy"
            + " where it has labels, agreement and error against another model with --against.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc evaluate resnet20.onnx --data npy:images.npy,labels.npy",
      "  tuckerc evaluate resnet20.bundle --data npy:images.npy,labels.npy --count 2"
    })
public final class EvaluateCommand implements Runnable {
  private final Output output;

  @Parameters(paramLabel = "MODEL.onnx|BUNDLE", description = "What to judge.")
  private Path path;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "SOURCE",
      description =
          "cifar10:DIR, cifar100:DIR, idx:DIR or ts:DIR (their test part), images:DIR,"
              + " npy:[NAME=]FILE.npy or npy:SAMPLES.npy,LABELS.npy.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Use the first N samples only (default: all).")
  private @Nullable Integer count;

  @Option(
      names = "--against",
      paramLabel = "OTHER",
      description = "Compare the outputs with another model's or bundle's.")
  private @Nullable Path against;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "reference, emulator, cuda:0 or auto (default: reference for a model, auto for a"
              + " bundle).")
  private @Nullable String device;

  @Mixin private PreprocessOption preprocess = new PreprocessOption();

  @Mixin private CompileOptions options = new CompileOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  public EvaluateCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    FilesIo.requireReadable(path);
    if (count != null && count < 1) {
      throw new CliException(Code.CLI001, "--count: at least 1 is needed, not " + count);
    }
    Optional<Path> otherPath = Optional.ofNullable(against);
    otherPath.ifPresent(FilesIo::requireReadable);
    try (Artefact model = open(path)) {
      ModelData data = data(model);
      if (otherPath.isEmpty()) {
        if (data.label(0).isEmpty()) {
          throw new CliException(
              Code.CLI013,
              "--data "
                  + String.join(" ", sources)
                  + ": it has no labels; name a model to compare with by --against");
        }
        report(judge(model, data, Optional.empty()), model);
      } else {
        try (Artefact other = open(otherPath.get())) {
          report(judge(model, data, Optional.of(other)), model);
        }
      }
    }
  }

  private Artefact open(Path file) {
    return Artefact.open(file, Optional.ofNullable(device), options);
  }

  private ModelData data(Artefact model) {
    return ModelData.read(
        "--data",
        sources,
        preprocess.settings(),
        Split.TEST,
        count == null ? Integer.MAX_VALUE : count,
        model.inputs());
  }

  /// @param ranking of the first output that can be scores; nothing noted without labels
  /// @param differences by output name; empty without another model
  private record Judgement(Ranking ranking, Map<String, Difference> differences) {}

  private Judgement judge(Artefact model, ModelData data, Optional<Artefact> other) {
    Ranking ranking = new Ranking();
    Map<String, Difference> differences = new LinkedHashMap<>();
    int batches = (data.size() + model.batch() - 1) / model.batch();
    Optional<ModelData> otherData =
        other.filter(o -> !o.inputs().equals(model.inputs())).map(this::data);
    try (Progress progress = output.progress("evaluate", batches)) {
      for (int first = 0; first < data.size(); first += model.batch()) {
        int real = Math.min(model.batch(), data.size() - first);
        Map<String, Tensor> results = model.executor().run(data.batch(first, real, model.batch()));
        rank(ranking, results, data, first, real, model.batch());
        if (other.isPresent()) {
          Map<String, Tensor> expected = expected(other.get(), otherData.orElse(data), first, real);
          compare(differences, results, expected, real, model.batch());
        }
        progress.step((first + real) + " samples");
      }
    }
    return new Judgement(ranking, differences);
  }

  private static void rank(
      Ranking ranking,
      Map<String, Tensor> results,
      ModelData data,
      int first,
      int real,
      int batch) {
    if (data.label(first).isEmpty()) {
      return;
    }
    Tensor scores =
        results.values().stream()
            .filter(output -> Ranking.scores(output, batch))
            .findFirst()
            .orElseThrow(() ->
                new CliException(
                    Code.CLI013,
                    "no output of the model is a row of scores for each sample; compare it with"
                        + " another model by --against and data without labels"));
    int classes = scores.size() / batch;
    for (int i = 0; i < real; i++) {
      int label = data.label(first + i).getAsInt();
      if (label < 0 || label >= classes) {
        throw new CliException(
            Code.CLI013,
            "sample "
                + (first + i)
                + " has class "
                + label
                + ", the model "
                + classes
                + " classes");
      }
      ranking.add(row(scores, i, classes), label);
    }
  }

  private static double[] row(Tensor tensor, int index, int length) {
    double[] row = new double[length];
    for (int i = 0; i < length; i++) {
      row[i] = tensor.getDouble(index * length + i);
    }
    return row;
  }

  /// The other model's outputs for the same samples, in as many of its batches as that takes.
  private static Map<String, Tensor> expected(Artefact other, ModelData data, int first, int real) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (int done = 0; done < real; done += other.batch()) {
      int some = Math.min(other.batch(), real - done);
      Map<String, Tensor> part =
          other.executor().run(data.batch(first + done, some, other.batch()));
      part.forEach((name, tensor) ->
          all.merge(
              name, head(tensor, rows(tensor, some, other.batch())), EvaluateCommand::joined));
    }
    return all;
  }

  /// Rows of an output that the first samples of a batch have a part in: a model may make several
  /// of one sample, or one of several.
  private static int rows(Tensor output, int samples, int batch) {
    return output.rank() == 0
        ? 1
        : Math.toIntExact(Math.ceilDiv((long) output.dimension(0) * samples, (long) batch));
  }

  private static Tensor head(Tensor tensor, int rows) {
    if (tensor.rank() == 0 || tensor.dimension(0) <= rows) {
      return tensor;
    }
    List<Long> shape = new ArrayList<>(tensor.shape());
    shape.set(0, (long) rows);
    long bytes = tensor.data().byteSize() / tensor.dimension(0) * rows;
    return Tensor.of(tensor.type(), shape, tensor.data().asSlice(0, bytes));
  }

  private static Tensor joined(Tensor a, Tensor b) {
    List<Long> shape = new ArrayList<>(a.shape());
    shape.set(0, shape.getFirst() + b.shape().getFirst());
    Tensor result = Tensor.zeros(a.type(), shape);
    result.data().asSlice(0, a.data().byteSize()).copyFrom(a.data());
    result.data().asSlice(a.data().byteSize()).copyFrom(b.data());
    return result;
  }

  private static void compare(
      Map<String, Difference> differences,
      Map<String, Tensor> results,
      Map<String, Tensor> expected,
      int real,
      int batch) {
    results.forEach((name, tensor) -> {
      Tensor other = expected.get(name);
      if (other == null && results.size() == 1 && expected.size() == 1) {
        other = expected.values().iterator().next();
      }
      boolean fits =
          other != null
              && tensor.rank() > 0
              && tensor.rank() == other.rank()
              && other.dimension(0) == rows(tensor, real, batch)
              && tensor
                  .shape()
                  .subList(1, tensor.rank())
                  .equals(other.shape().subList(1, other.rank()));
      if (!fits || other == null) {
        throw new CliException(
            Code.CLI013,
            "--against: the other model has no output '"
                + name
                + "' of shape "
                + tensor.shape()
                + "; it has "
                + expected.keySet());
      }
      differences
          .computeIfAbsent(name, _ -> new Difference())
          .add(tensor, other, real, Ranking.scores(tensor, batch));
    });
  }

  private void report(Judgement judgement, Artefact model) {
    output.note("ran on " + model.executor().description());
    if (json) {
      output.json(asJson(judgement));
      return;
    }
    judgement.differences().forEach((name, d) -> output.out().println(line(name, d)));
    Ranking ranking = judgement.ranking();
    if (ranking.samples() > 0) {
      double[] interval = Ranking.interval(ranking.top1(), ranking.samples());
      output
          .out()
          .printf(
              Locale.ROOT,
              "95 %% of the intervals made so hold the true top-1: %.2f to %.2f %%%n",
              100 * interval[0],
              100 * interval[1]);
      output
          .out()
          .printf(
              Locale.ROOT,
              "top-1 %.2f %%  top-5 %.2f %%  of %d%n",
              100 * ranking.top1(),
              100 * ranking.top5(),
              ranking.samples());
    }
  }

  private static String line(String name, Difference d) {
    String agreement =
        d.agreement().isPresent()
            ? String.format(Locale.ROOT, "agreement %.2f %%  ", 100 * d.agreement().getAsDouble())
            : "";
    return String.format(
        Locale.ROOT,
        "%s: %sPSNR %.2f dB  relative error %.6f  largest error %.4g  of %d",
        name,
        agreement,
        d.peakSignalToNoise(),
        d.relativeError(),
        d.largestError(),
        d.samples());
  }

  private ObjectNode asJson(Judgement judgement) {
    ObjectNode root = Output.object();
    root.put("model", path.toString());
    Ranking ranking = judgement.ranking();
    if (ranking.samples() > 0) {
      double[] interval = Ranking.interval(ranking.top1(), ranking.samples());
      root.put("samples", ranking.samples());
      root.put("top1", ranking.top1());
      root.put("top5", ranking.top5());
      root.putArray("top1Interval95").add(interval[0]).add(interval[1]);
    }
    if (!judgement.differences().isEmpty()) {
      ObjectNode outputs = root.putObject("against").put("model", String.valueOf(against));
      judgement
          .differences()
          .forEach((name, d) -> {
            ObjectNode node = outputs.putObject(name);
            node.put("samples", d.samples());
            d.agreement().ifPresent(share -> node.put("agreement", share));
            node.put("relativeError", d.relativeError());
            node.put("largestError", d.largestError());
            if (Double.isFinite(d.peakSignalToNoise())) {
              node.put("peakSignalToNoise", d.peakSignalToNoise());
            }
          });
    }
    return root;
  }
}
