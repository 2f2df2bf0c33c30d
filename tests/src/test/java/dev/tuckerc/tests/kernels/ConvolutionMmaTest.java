package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Convolutions on tensor cores at shapes where tiles do not fit.
class ConvolutionMmaTest {

  static Stream<ConvolutionShape> shapes() {
    List<ConvolutionShape> cases = new ArrayList<>();
    DataType f = DataType.F16;
    for (long channels : new long[] {1, 3, 5, 8, 13, 16, 64}) {
      cases.add(ConvolutionShape.of(f, channels, 5, 7, 3).withResidual());
      cases.add(ConvolutionShape.of(f, channels, 16, 5, 1).times(2));
    }
    cases.add(ConvolutionShape.of(f, 3, 13, 17, 7).step(2).padded(3, 3));
    cases.add(ConvolutionShape.of(f, 8, 8, 11, 5).dilated(2).padded(1, 4).times(3));
    cases.add(ConvolutionShape.of(f, 12, 40, 6, 3).withResidual());
    cases.add(ConvolutionShape.of(f, 8, 8, 3, 3).padded(0, 0));
    cases.add(ConvolutionShape.of(f, 16, 24, 9, 3).grouped(2).withResidual());
    cases.add(ConvolutionShape.of(f, 64, 128, 7, 3).step(2));
    // Groups that are computed as one product, all of them or some.
    cases.add(ConvolutionShape.of(f, 32, 32, 9, 3).grouped(8).withResidual());
    cases.add(ConvolutionShape.of(f, 128, 128, 7, 3).grouped(32).step(2));
    cases.add(ConvolutionShape.of(f, 6, 9, 8, 3).grouped(3).dilated(2));
    cases.add(ConvolutionShape.of(f, 20, 4, 7, 3).grouped(4).times(2).withResidual());
    cases.add(ConvolutionShape.of(f, 24, 36, 6, 1).grouped(12).padded(0, 0));
    cases.add(ConvolutionShape.of(f, 2, 6, 9, 3).grouped(2));
    cases.add(ConvolutionShape.of(f, 80, 24, 5, 3).grouped(2));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void computesEdgeShapes(ConvolutionShape conv) {
    CaseBuilder b = new CaseBuilder(conv.text().hashCode());
    Graph graph = conv.build(b);
    Program program = KernelHarness.check(b, graph, Tolerance.F16);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("gemm.mma");
  }

  @Test
  void runsOnTuring() {
    for (ConvolutionShape conv :
        List.of(
            ConvolutionShape.of(DataType.F16, 16, 24, 9, 3),
            ConvolutionShape.of(DataType.F16, 32, 48, 9, 3).grouped(8),
            ConvolutionShape.of(DataType.F16, 3, 8, 9, 3))) {
      CaseBuilder b = new CaseBuilder(2);
      Graph graph = conv.build(b);
      KernelHarness.check(b, graph, Tolerance.F16, DeviceDescription.shipped("t4"));
    }
  }

  /// Parameters spread over all candidates, at a shape that no tile divides.
  @Test
  void candidatesAreRight() {
    for (ConvolutionShape conv :
        List.of(
            ConvolutionShape.of(DataType.F16, 40, 72, 5, 3).withResidual(),
            ConvolutionShape.of(DataType.F16, 36, 60, 5, 3).grouped(12))) {
      CaseBuilder b = new CaseBuilder(1);
      Graph graph = conv.build(b);
      Value result = graph.outputs().getFirst().value();
      DeviceDescription device = DeviceDescription.shipped("h200");
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 16)) {
        KernelHarness.check(b, graph, Tolerance.F16, program, device.architecture());
      }
    }
  }

  /// Tiles for layers of many pixels: rows that are no power of two, warps that hold 64 x 64 sums.
  @Test
  void largeTilesAreRight() {
    ConvolutionShape conv = ConvolutionShape.of(DataType.F16, 8, 136, 91, 3).withResidual();
    CaseBuilder b = new CaseBuilder(4);
    Graph graph = conv.build(b);
    Value result = graph.outputs().getFirst().value();
    DeviceDescription device = DeviceDescription.shipped("h200");
    Set<List<Long>> checked = new HashSet<>();
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 400)) {
      Map<String, Long> tile = program.kernels().getFirst().decision().parameters();
      long rows = tile.getOrDefault("TILE_ROWS", 0L);
      long warp = tile.getOrDefault("WARP_ROWS", 0L) * tile.getOrDefault("WARP_CHANNELS", 0L);
      if ((rows > 128 || rows % 64 != 0 || warp > 2048) && checked.add(List.of(rows, warp))) {
        KernelHarness.check(b, graph, Tolerance.F16, program, device.architecture());
      }
    }
    assertThat(checked).extracting(List::getFirst).contains(48L, 96L, 192L, 256L);
    assertThat(checked).extracting(List::getLast).contains(4096L);
  }

  /// Tiles of 96 channels, whose weights whole warps copy by turns that are no power of two.
  @ParameterizedTest
  @ValueSource(strings = {"h200", "t4"})
  void tilesOfNinetySixChannelsAreRight(String target) {
    DeviceDescription device = DeviceDescription.shipped(target);
    Set<List<Long>> checked = new HashSet<>();
    for (ConvolutionShape conv :
        List.of(
            ConvolutionShape.of(DataType.F16, 24, 96, 7, 3).withResidual(),
            ConvolutionShape.of(DataType.F16, 136, 192, 5, 1).times(2))) {
      CaseBuilder b = new CaseBuilder(5);
      Graph graph = conv.build(b);
      Value result = graph.outputs().getFirst().value();
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 400)) {
        Map<String, Long> tile = program.kernels().getFirst().decision().parameters();
        if (tile.getOrDefault("TILE_CHANNELS", 0L) == 96
            && checked.add(List.of(tile.get("TILE_ROWS"), tile.get("SPLIT")))) {
          KernelHarness.check(b, graph, Tolerance.F16, program, device.architecture());
        }
      }
    }
    assertThat(checked).extracting(List::getFirst).contains(16L, 32L, 48L);
    assertThat(checked).extracting(List::getLast).contains(1L, 2L);
  }

  /// Sums of which several blocks compute a part each, at shapes that no tile divides.
  @Test
  void slicesOfSumsMeet() {
    for (String name : List.of("h200", "a100", "t4")) {
      DeviceDescription device = DeviceDescription.shipped(name);
      for (ConvolutionShape conv :
          List.of(
              ConvolutionShape.of(DataType.F16, 200, 72, 9, 3).withResidual(),
              ConvolutionShape.of(DataType.F16, 396, 90, 7, 3).padded(0, 0),
              ConvolutionShape.of(DataType.F16, 4160, 290, 1, 1))) {
        CaseBuilder b = new CaseBuilder(3);
        Graph graph = conv.build(b);
        Value result = graph.outputs().getFirst().value();
        List<Program> sliced =
            CodeGenerator.best(graph, Set.of(), device, result, 6).stream()
                .filter(program -> slices(program) > 1)
                .limit(2)
                .toList();
        for (Program program : sliced) {
          KernelHarness.check(b, graph, Tolerance.F16, program, device.architecture());
        }
        assertThat(sliced).as(conv.text() + " on " + name).isNotEmpty();
      }
    }
  }

  private static long slices(Program program) {
    return program.kernels().getFirst().decision().parameters().getOrDefault("SLICES", 1L);
  }
}
