package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Small networks of the zoo under every check of the emulator: kernels as they follow one another,
/// with the epilogues and results that a whole model gives them.
class CheckedModelsTest {
  @ParameterizedTest
  @CsvSource({"STYLE_TRANSFER,32", "ESPCN,32", "RESNET20,32", "RESNEXT50,32"})
  void kernelsHaveNoFindings(Zoo network, long size) {
    DeviceDescription target = DeviceDescription.shipped("h200");
    Graph graph = network.build(1, new Dim.Known(1), size, size);
    ModelCase one = new ModelCase(network, false, Precision.FP16, "fixed=0.5");
    Bundle bundle =
        CompilePipeline.compile(
                graph,
                one.request(graph, target),
                CachedKernelCompiler.standard(),
                Progress.silent())
            .bundle();
    var input = bundle.manifest().entryPoint().inputs().getFirst();
    try (EmulatedDevice device = new EmulatedDevice(EmulatorOptions.DEFAULT.withChecks(Check.ALL));
        Session session = Session.open(bundle, device, SessionOptions.standard())) {
      Map<String, Tensor> values =
          Map.of(
              input.name(),
              RandomTensors.uniform(input.name(), 0, DataType.F32, List.copyOf(input.shape())));
      assertThatCode(() -> session.run(HostTensors.toHost(values))).doesNotThrowAnyException();
    }
  }
}
