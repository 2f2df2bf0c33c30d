package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What ptxas makes of the kernels of convolutions: no spills, registers and shared memory within
/// the device's limits, and for every architecture.
class KernelResourcesTest {
  private static final KernelCompiler COMPILER = NvrtcCompiler.create();

  @ParameterizedTest
  @ValueSource(strings = {"h200", "h100", "a100", "rtx4090", "t4"})
  void candidatesFitWithoutSpills(String name) {
    DeviceDescription device = DeviceDescription.shipped(name);
    int limit = name.equals("h200") ? 10 : 3;
    List<GeneratedKernel> kernels = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      kernels.addAll(
          candidates(ConvolutionShape.of(type, 64, 64, 28, 3).withResidual(), device, limit));
      kernels.addAll(candidates(ConvolutionShape.of(type, 3, 64, 56, 7).step(2), device, 2));
      kernels.addAll(candidates(ConvolutionShape.of(type, 32, 32, 28, 3).grouped(32), device, 2));
      kernels.addAll(candidates(ConvolutionShape.of(type, 512, 160, 7, 1), device, 2));
    }
    List<CompiledKernel> compiled =
        COMPILER.compileAll(
            kernels.stream()
                .map(k ->
                    new KernelSource(
                        k.name() + ".cu", k.source(), device.architecture(), List.of()))
                .toList());
    for (int i = 0; i < kernels.size(); i++) {
      GeneratedKernel kernel = kernels.get(i);
      String what = kernel.decision().template() + kernel.decision().parameters();
      CompiledKernel.Resources used = compiled.get(i).resources().get(kernel.name());
      assertThat(used.spillStoreBytes() + used.spillLoadBytes()).as("spills of %s", what).isZero();
      assertThat(used.registers() * kernel.block().count())
          .as("registers of %s", what)
          .isLessThanOrEqualTo(device.registersPerMultiprocessor());
      assertThat(used.sharedBytes() + kernel.sharedBytes())
          .as("shared memory of %s", what)
          .isLessThanOrEqualTo(device.sharedPerBlock());
      assertThat(used.sharedBytes())
          .as("static shared memory of %s", what)
          .isLessThanOrEqualTo(49152);
    }
  }

  private static List<GeneratedKernel> candidates(
      ConvolutionShape conv, DeviceDescription device, int limit) {
    CaseBuilder b = new CaseBuilder(1);
    Graph graph = conv.build(b);
    Value result = graph.outputs().getFirst().value();
    return CodeGenerator.alternatives(graph, Set.of(), device, result, limit).stream()
        .map(Program::kernels)
        .map(List::getFirst)
        .toList();
  }
}
