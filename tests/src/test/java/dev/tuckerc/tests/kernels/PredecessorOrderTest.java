package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Programmatic dependent launch in the kernels of whole networks; those of single operations are
/// looked at wherever [KernelHarness] runs them.
class PredecessorOrderTest {
  private static final DeviceDescription H200 = DeviceDescription.shipped("h200");

  @ParameterizedTest
  @MethodSource("networks")
  void everyKernelWaitsBeforeItTouchesAnActivation(Zoo network, Precision precision) {
    Program program = program(network, precision, H200);
    assertThat(program.launches().getFirst().programmatic()).isFalse();
    assertThat(program.launches().stream().skip(1)).allMatch(Launch::programmatic);
    assertThat(
            PredecessorOrder.violations(
                CompiledProgram.of(program, CachedKernelCompiler.standard(), H200.architecture())))
        .isEmpty();
  }

  static Stream<Arguments> networks() {
    // DenseNet-201 repeats the layers of DenseNet-121.
    return Stream.of(Zoo.values())
        .filter(network -> network != Zoo.DENSENET201)
        .flatMap(network ->
            Stream.of(Precision.values()).map(precision -> Arguments.of(network, precision)));
  }

  @Test
  void olderArchitecturesStartInPlainOrder() {
    Program program = program(Zoo.RESNET20, Precision.FP16, DeviceDescription.shipped("a100"));
    assertThat(program.launches()).noneMatch(Launch::programmatic);
    assertThat(program.kernels()).noneMatch(kernel -> kernel.source().contains("griddepcontrol"));
    assertThat(program.kernels()).noneMatch(kernel -> kernel.decision().estimate().edge() < 1);
  }

  /// As when a bundle for one GPU runs on an older one.
  @Test
  void kernelsCanBeCompiledForAnOlderArchitecture() {
    Program program = program(Zoo.RESNET20, Precision.FP32, H200);
    assertThat(CompiledProgram.of(program, CachedKernelCompiler.standard(), "sm_75").compiled())
        .noneMatch(kernel -> kernel.ptx().contains("griddepcontrol"));
  }

  private static Program program(Zoo network, Precision precision, DeviceDescription device) {
    CompileRequest request =
        new CompileRequest(
            Path.of("model.onnx"),
            ShapeBindings.NONE,
            device,
            device.name(),
            precision,
            Ranks.parse("none"),
            true,
            Optional.empty(),
            false);
    Graph graph =
        CompilePipeline.transform(request, network.build(1, new Dim.Known(1))).optimized();
    return CodeGenerator.generate(graph, Aliases.of(graph).free(), device);
  }

  /// The check itself finds what it is for.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "griddepcontrol.wait; ld.global.f32 %f1, [%rd1]; st.global.f32 [%rd2], %f1; ret;|",
        "ld.global.nc.f32 %f1, [%rd3]; griddepcontrol.wait; st.global.f32 [%rd2], %f1; ret;|",
        "griddepcontrol.wait; ld.global.nc.f32 %f1, [%rd1]; ret;|reads an activation by the"
            + " non-coherent path",
        "ld.global.f32 %f1, [%rd1]; griddepcontrol.wait; ret;|touches an activation before the"
            + " wait",
        "st.global.f32 [%rd2], %f1; griddepcontrol.wait; ret;|touches an activation before the"
            + " wait",
        "@%p1 bra L; griddepcontrol.wait; L: ret;|ends without having waited",
        "@%p1 bra L; griddepcontrol.wait; ret; L: ld.global.f32 %f1, [%rd1]; griddepcontrol.wait;"
            + " ret;|touches an activation before the wait",
      })
  void theCheckSeesViolations(String line) {
    String[] parts = line.split("\\|", -1);
    String ptx =
        """
        .version 8.4
        .target sm_90
        .address_size 64
        .visible .entry k(.param .u64 x, .param .u64 y, .param .u64 w)
        {
          .reg .pred %%p<2>;
          .reg .f32 %%f<2>;
          .reg .b64 %%rd<4>;
          ld.param.u64 %%rd1, [x];
          ld.param.u64 %%rd2, [y];
          ld.param.u64 %%rd3, [w];
          %s
        }
        """
            .formatted(parts[0]);
    Argument activation = new Argument.Activation(new Value("v", TensorType.of(DataType.F32, 1)));
    List<Argument> arguments = List.of(activation, activation, new Argument.Weight("w"));
    List<String> found = PredecessorOrder.of(ptx, "k", arguments, true);
    if (parts[1].isEmpty()) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found).singleElement().asString().startsWith(parts[1]);
    }
  }
}
