package dev.tuckerc.tests.kernels;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions on scalar multiply-adds at shapes where tiles do not fit.
class ConvolutionSimtTest {

  static Stream<ConvolutionShape> shapes() {
    List<ConvolutionShape> cases = new ArrayList<>();
    DataType f = DataType.F32;
    for (long channels : new long[] {1, 3, 5, 8, 13, 16}) {
      cases.add(ConvolutionShape.of(f, channels, 5, 7, 3).withResidual());
      cases.add(ConvolutionShape.of(f, channels, 16, 5, 1).times(2));
      cases.add(ConvolutionShape.of(f, channels, channels, 9, 3).step(2).stored(Layout.ROW_MAJOR));
    }
    cases.add(ConvolutionShape.of(f, 3, 13, 17, 7).step(2).padded(3, 3));
    cases.add(ConvolutionShape.of(f, 3, 8, 11, 5).dilated(2).padded(1, 4).times(3));
    cases.add(ConvolutionShape.of(f, 64, 64, 6, 3).withResidual());
    cases.add(ConvolutionShape.of(f, 1, 1, 1, 1));
    cases.add(ConvolutionShape.of(f, 16, 1, 1, 3));
    cases.add(ConvolutionShape.of(f, 8, 8, 3, 3).padded(0, 0));
    cases.add(ConvolutionShape.of(f, 8, 12, 9, 3).grouped(2).withResidual());
    cases.add(ConvolutionShape.of(f, 15, 10, 9, 3).grouped(5).padded(2, 0));
    cases.add(ConvolutionShape.of(f, 8, 8, 10, 3).grouped(8).step(3).padded(0, 1));
    cases.add(ConvolutionShape.of(f, 32, 48, 7, 3).grouped(8).withResidual());
    cases.add(ConvolutionShape.of(f, 24, 40, 6, 3).grouped(4).dilated(2).stored(Layout.ROW_MAJOR));
    cases.add(ConvolutionShape.of(f, 40, 20, 5, 1).grouped(10).padded(0, 0).times(2));
    cases.add(ConvolutionShape.of(DataType.BF16, 12, 12, 6, 3).grouped(3));
    // A window that is the whole image, for one image and for several.
    cases.add(ConvolutionShape.of(f, 12, 20, 5, 5).padded(0, 0));
    cases.add(ConvolutionShape.of(f, 7, 33, 4, 4).padded(0, 0).times(3));
    cases.add(ConvolutionShape.of(DataType.F16, 16, 24, 4, 4).padded(0, 0).times(2));
    cases.add(ConvolutionShape.of(DataType.F64, 4, 8, 6, 3).withResidual());
    cases.add(ConvolutionShape.of(DataType.F16, 5, 13, 6, 3).withResidual());
    cases.add(ConvolutionShape.of(DataType.BF16, 8, 8, 6, 3));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void computesEdgeShapes(ConvolutionShape conv) {
    CaseBuilder b = new CaseBuilder(conv.text().hashCode());
    Graph graph = conv.build(b);
    KernelHarness.check(b, graph, tolerance(conv.type()));
  }

  /// Parameters spread over all candidates, at a shape that no tile divides.
  @Test
  void candidatesAreRight() {
    for (ConvolutionShape conv :
        List.of(
            ConvolutionShape.of(DataType.F32, 20, 24, 9, 3).withResidual(),
            ConvolutionShape.of(DataType.F32, 12, 20, 5, 5).padded(0, 0).times(2),
            ConvolutionShape.of(DataType.F32, 24, 40, 9, 3).grouped(8),
            ConvolutionShape.of(DataType.F32, 6, 70, 9, 3).stored(Layout.ROW_MAJOR))) {
      CaseBuilder b = new CaseBuilder(1);
      Graph graph = conv.build(b);
      Value result = graph.outputs().getFirst().value();
      DeviceDescription device = DeviceDescription.shipped("h200");
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 16)) {
        KernelHarness.check(b, graph, Tolerance.F32, program, device.architecture());
      }
    }
  }

  private static Tolerance tolerance(DataType type) {
    return switch (type) {
      case F16 -> Tolerance.F16;
      case BF16 -> new Tolerance(0.03, 0.03);
      default -> Tolerance.F32;
    };
  }
}
