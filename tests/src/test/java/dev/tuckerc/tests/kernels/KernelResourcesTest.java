package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What ptxas makes of the kernels of convolutions: no spills, registers and shared memory within
/// the device's limits, and for every architecture.
class KernelResourcesTest {
  private static final KernelCompiler COMPILER = CachedKernelCompiler.standard();

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
      kernels.addAll(candidates(ConvolutionShape.of(type, 128, 128, 28, 3).grouped(32), device, 4));
      kernels.addAll(candidates(ConvolutionShape.of(type, 512, 160, 7, 1), device, 2));
    }
    compileAndCheck(kernels, device);
  }

  /// A basis in registers, on every architecture.
  @ParameterizedTest
  @ValueSource(strings = {"h200", "a100", "rtx4090", "t4"})
  void sharedBasesFitWithoutSpills(String name) {
    DeviceDescription device = DeviceDescription.shipped(name);
    List<GeneratedKernel> kernels = new ArrayList<>();
    for (int bases : new int[] {2, 7}) {
      CaseBuilder b = new CaseBuilder(1);
      Value x = b.input(DataType.F32, Layout.NHWC, 1, 64, 28, 28);
      BasisConvolution op =
          new BasisConvolution(
              x,
              b.constant(DataType.F32, bases, 3, 3),
              b.constant(DataType.F32, 64, 64L * bases),
              Optional.empty(),
              new Window(two(3), two(1), two(1), two(1), two(1)),
              64 * 64 / 10,
              Epilogue.NONE);
      Graph graph = b.graph(b.add(op, Layout.NHWC));
      Value result = graph.outputs().getFirst().value();
      CodeGenerator.alternatives(graph, Set.of(), device, result, 6)
          .forEach(program -> kernels.add(program.kernels().getFirst()));
    }
    compileAndCheck(kernels, device);
  }

  private static void compileAndCheck(List<GeneratedKernel> kernels, DeviceDescription device) {
    List<CompiledKernel> compiled =
        COMPILER.compileAll(
            kernels.stream()
                .map(k ->
                    new KernelSource(
                        k.name() + ".cu", k.source(), device.architecture(), List.of()))
                .toList());
    for (int i = 0; i < kernels.size(); i++) {
      checkResources(kernels.get(i), compiled.get(i), device);
    }
  }

  private static List<Long> two(long extent) {
    return List.of(extent, extent);
  }

  private static void checkResources(
      GeneratedKernel kernel, CompiledKernel compiled, DeviceDescription device) {
    String what = kernel.decision().template() + kernel.decision().parameters();
    CompiledKernel.Resources used = compiled.resources().get(kernel.name());
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

  /// Regions for every architecture that the templates are written for.
  @ParameterizedTest
  @ValueSource(ints = {75, 80, 86, 90, 100, 120})
  void regionsFitWithoutSpills(int capability) {
    DeviceDescription device =
        DeviceDescription.shipped(
            switch (capability) {
              case 75 -> "t4";
              case 80 -> "a100";
              case 86, 120 -> "rtx4090";
              default -> "h200";
            });
    String architecture = "sm_" + capability + (capability >= 90 ? "a" : "");
    List<GeneratedKernel> kernels = new ArrayList<>();
    for (DataType type : List.of(DataType.F16, DataType.F32)) {
      kernels.addAll(regions(type, device));
    }
    List<CompiledKernel> compiled =
        COMPILER.compileAll(
            kernels.stream()
                .map(k -> new KernelSource(k.name() + ".cu", k.source(), architecture, List.of()))
                .toList());
    for (int i = 0; i < kernels.size(); i++) {
      checkResources(kernels.get(i), compiled.get(i), device);
    }
  }

  private static List<GeneratedKernel> regions(DataType type, DeviceDescription device) {
    List<GeneratedKernel> kernels = new ArrayList<>();
    // Elements of twice the size fill a shared memory with fewer channels.
    int least = device.computeCapability() == 75 ? 4 : 2;
    long scale = type == DataType.F32 && device.sharedPerBlock() < 150_000 ? least : 1;
    List<ConvolutionShape> firsts =
        List.of(
            ConvolutionShape.of(type, 24, 24, 14, 3).withResidual(),
            ConvolutionShape.of(type, 64 / scale, 32, 14, 3).withResidual(),
            ConvolutionShape.of(type, 160 / scale, 160 / scale, 14, 3).withResidual(),
            ConvolutionShape.of(type, 128 / scale, 128 / scale, 14, 3).grouped(32),
            ConvolutionShape.of(type, 120 / scale, 144 / scale, 14, 3).grouped(6).step(2),
            ConvolutionShape.of(type, 192 / scale, 192 / scale, 14, 3).grouped(192 / scale),
            ConvolutionShape.of(type, 144 / scale, 144 / scale, 14, 5)
                .step(2)
                .grouped(144 / scale));
    List<List<Long>> products =
        List.of(
            List.of(64L, 24L),
            List.of(128 / scale, 96L),
            // A T4's shared memory holds no tile of 512 channels beside the rest.
            List.of((device.computeCapability() == 75 ? 256 : 512) / scale, 192 / scale),
            List.of(256 / scale, 64L),
            List.of(72L),
            List.of(64L, 384 / scale),
            List.of(24L));
    for (int chain = 0; chain < firsts.size(); chain++) {
      CaseBuilder b = new CaseBuilder(1);
      ConvolutionShape first = firsts.get(chain);
      Value last = first.add(b, b.input(type, Layout.NHWC, 1, first.in(), 14, 14));
      for (long channels : products.get(chain)) {
        long size = last.shape().extent(2);
        last = ConvolutionShape.of(type, last.shape().extent(1), channels, size, 1).add(b, last);
      }
      Graph graph = RegionCases.asRegion(b.graph(last));
      Value result = graph.outputs().getFirst().value();
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 6)) {
        kernels.addAll(program.kernels());
      }
    }
    return kernels;
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
