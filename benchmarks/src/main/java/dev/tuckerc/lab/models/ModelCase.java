package dev.tuckerc.lab.models;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.ranks.TdcRanks;
import dev.tuckerc.transform.ranks.TdcTable;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A network of the zoo at batch 1, compiled in one way.
///
/// @param large whether its images have [#HEIGHT] times [#WIDTH] pixels, not the zoo's size
/// @param precision of the compiled model
/// @param ranks how its convolutions are decomposed: a value of `--ranks`
public record ModelCase(Zoo network, boolean large, Precision precision, String ranks) {
  private static final long SEED = 1;
  private static final long HEIGHT = 1080;
  private static final long WIDTH = 1920;

  /// The case of this name; empty where it is the name of something else.
  public static Optional<ModelCase> find(String name) {
    return of(List.of(Zoo.values())).stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /// Every network in both precisions, dense, decomposed at TDC's ranks where there are any and a
  /// layer is predicted to gain by them, and at `fixed=0.5`; and VDSR on large images in fp16,
  /// dense and at ranks of 24 of its 64 channels.
  public static List<ModelCase> of(List<Zoo> networks) {
    List<ModelCase> cases = new ArrayList<>();
    for (Zoo network : networks) {
      for (Precision precision : List.of(Precision.FP16, Precision.FP32)) {
        cases.add(new ModelCase(network, false, precision, "none"));
        if (isOfTdc(network)) {
          cases.add(new ModelCase(network, false, precision, TdcRanks.NAME));
        }
        cases.add(new ModelCase(network, false, precision, "fixed=0.5"));
      }
      if (network == Zoo.VDSR) {
        cases.add(new ModelCase(network, true, Precision.FP16, "none"));
        cases.add(new ModelCase(network, true, Precision.FP16, "fixed=0.375"));
      }
    }
    return cases;
  }

  /// Whether TDC publishes ranks for a network. Its VGG-16 has the layers of the form with batch
  /// normalisation.
  private static boolean isOfTdc(Zoo network) {
    String model = network == Zoo.VGG16_BN ? "vgg16" : network.text();
    return TdcTable.rows().stream().anyMatch(row -> row.model().equals(model));
  }

  /// The network, with the size of its images where they are large: `vdsr-1080x1920`.
  public String label() {
    return network.text() + (large ? "-" + HEIGHT + "x" + WIDTH : "");
  }

  /// Such as `resnet18/fp16/dense` or `resnet18/fp16/fixed=0.5`.
  public String name() {
    return label() + "/" + precision.text() + "/" + (isDense() ? "dense" : ranks);
  }

  /// Name of the network at these ranks in any precision, as files and the peers have it:
  /// `resnet18` or `resnet18-tucker-tdc`.
  public String stem() {
    return label() + (isDense() ? "" : "-tucker-" + ranks);
  }

  /// Whether its convolutions are as the network has them.
  public boolean isDense() {
    return ranks.equals("none");
  }

  /// The network with the weights of seed 1.
  public Graph graph() {
    return network.build(SEED, new Dim.Known(1), side(HEIGHT), side(WIDTH));
  }

  private long side(long ofLarge) {
    return large ? ofLarge : network.size();
  }

  /// Compiles it.
  public Compilation compile(DeviceDescription target, KernelCompiler compiler) {
    Graph graph = graph();
    return CompilePipeline.compile(graph, request(graph, target), compiler, Progress.silent());
  }

  /// What to compile.
  ///
  /// @param graph of [#graph]
  /// @throws CliException for ranks that mean nothing, or that TDC does not have for the network
  public CompileRequest request(Graph graph, DeviceDescription target) {
    return new CompileRequest(
        Path.of(network.text() + ".onnx"),
        ShapeBindings.NONE,
        target,
        target.name(),
        precision,
        policy(),
        true,
        Optional.empty(),
        false);
  }

  private Ranks policy() {
    Ranks parsed = Ranks.parse(ranks);
    if (isDense()) {
      return parsed;
    }
    Ranks random = new Ranks(new RandomFactors(parsed.policy()));
    return ranks.equals(TdcRanks.NAME)
        ? random.with(new DecompositionOptions(List.of(), true), Optional.empty())
        : random;
  }

  /// Random inputs, the same every time.
  public Map<String, Tensor> inputs() {
    List<Long> shape = List.of(1L, (long) network.channels(), side(HEIGHT), side(WIDTH));
    return Map.of("input", RandomTensors.uniform("input", SEED, DataType.F32, shape));
  }

  /// Writes its inputs and outputs as the peers read them: `FOLDER/STEM/inputs/NAME.npy` and
  /// `FOLDER/STEM/outputs/NAME.npy`.
  public void write(Path folder, Map<String, Tensor> outputs) {
    Map.of("inputs", inputs(), "outputs", outputs)
        .forEach((kind, tensors) -> {
          Path below = folder.resolve(stem()).resolve(kind);
          FilesIo.createFolder(below);
          tensors.forEach((name, tensor) -> NpyFile.write(below.resolve(name + ".npy"), tensor));
        });
  }
}
