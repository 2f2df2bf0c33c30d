package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Convolutions to few channels, which multiply each pixel by the weights of all taps, at shapes
/// that no tile fits: images smaller than a tile, windows with even extents, dilation and uneven
/// padding, channels that fill no group of 32, several images.
class TapsConvolutionTest {
  private static final DataType F16 = DataType.F16;

  static Stream<ConvolutionShape> shapes() {
    return Stream.of(
        ConvolutionShape.of(F16, 64, 1, 20, 3).withResidual(),
        ConvolutionShape.of(F16, 64, 1, 1, 3),
        ConvolutionShape.of(F16, 8, 1, 7, 3).times(2),
        ConvolutionShape.of(F16, 40, 3, 11, 3).sized(5, 19).finished(Finish.RELU),
        ConvolutionShape.of(F16, 32, 2, 9, 5).padded(1, 4).withResidual(),
        ConvolutionShape.of(F16, 24, 2, 13, 3).dilated(2).padded(0, 2).times(3),
        ConvolutionShape.of(F16, 16, 4, 18, 2).padded(0, 1),
        ConvolutionShape.of(F16, 128, 1, 17, 3).sized(33, 35));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void computesEdgeShapes(ConvolutionShape conv) {
    check(conv, DeviceDescription.shipped("h200"));
  }

  /// Before sm_80 a step has 8 terms, before sm_90 no kernel starts early.
  @ParameterizedTest
  @ValueSource(strings = {"a100", "t4"})
  void runsOnOlderDevices(String name) {
    check(
        ConvolutionShape.of(F16, 40, 3, 11, 3).sized(5, 19).withResidual(),
        DeviceDescription.shipped(name));
  }

  /// The best candidate, the worst and one between.
  private static void check(ConvolutionShape conv, DeviceDescription device) {
    CaseBuilder b = new CaseBuilder(conv.text().hashCode());
    Graph graph = conv.build(b);
    Value result = graph.outputs().getFirst().value();
    List<Program> programs =
        CodeGenerator.best(graph, Set.of(), device, result, 10_000).stream()
            .filter(p -> p.kernels().getFirst().decision().template().equals("conv.taps"))
            .toList();
    assertThat(programs).isNotEmpty();
    Stream.of(0, programs.size() / 2, programs.size() - 1)
        .distinct()
        .forEach(place ->
            KernelHarness.check(
                b, graph, Tolerance.F16, programs.get(place), device.architecture()));
  }
}
