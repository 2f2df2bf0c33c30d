package dev.tuckerc.lab.peers;

import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.models.TdcRanks;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Writes the models that the peers run, as ONNX, and what they must compute.
final class PeerModels {
  private final Path folder;
  private final DeviceDescription target;

  /// @param folder for the models, and below `reference` for inputs and outputs
  /// @param target decides which factors are merged, as it does for tuckerc's own kernels
  PeerModels(Path folder, DeviceDescription target) {
    this.folder = folder;
    this.target = target;
    FilesIo.createFolder(folder);
  }

  /// `STEM/inputs/NAME.npy` and `STEM/outputs/NAME.npy` for each model.
  Path reference() {
    return folder.resolve("reference");
  }

  /// Writes a network with its own convolutions.
  Path dense(Zoo network) {
    return write(network.text(), ModelCase.graph(network), network);
  }

  /// Writes a network with decomposed convolutions.
  ///
  /// @param ranks `tdc`, or a value of `--ranks`
  /// @return empty where TDC has no ranks for the network
  Optional<Path> decomposed(Zoo network, String ranks) {
    Graph graph = ModelCase.graph(network);
    if (ranks.equals(TdcRanks.NAME) && TdcRanks.of(network, graph).isEmpty()) {
      return Optional.empty();
    }
    CompileRequest request = new ModelCase(network, Precision.FP16, ranks).request(graph, target);
    Graph decomposed = CompilePipeline.decompose(request, graph).decomposed();
    return Optional.of(write(network.text() + "-tucker-" + ranks, decomposed, network));
  }

  private Path write(String stem, Graph graph, Zoo network) {
    Path file = folder.resolve(stem + ".onnx");
    OnnxExporter.write(graph, file);
    Map<String, Tensor> inputs = ModelCase.inputs(network);
    tensors(reference().resolve(stem).resolve("inputs"), inputs);
    tensors(reference().resolve(stem).resolve("outputs"), Interpreter.run(graph, inputs));
    return file;
  }

  private static void tensors(Path folder, Map<String, Tensor> tensors) {
    FilesIo.createFolder(folder);
    tensors.forEach((name, tensor) -> NpyFile.write(folder.resolve(name + ".npy"), tensor));
  }
}
