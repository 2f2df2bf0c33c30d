package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// First convolutions of networks as one kernel with the conversion of the image, f32 planes, to
/// f16 with channels last.
class ImageRegionKernelTest {
  private static final DataType F16 = DataType.F16;

  static Stream<ConvolutionShape> shapes() {
    return Stream.of(
        stem(3, 64, 24, 7),
        stem(3, 20, 17, 7).times(2),
        stem(1, 16, 13, 3),
        stem(4, 24, 15, 4).padded(1, 2),
        stem(2, 72, 12, 8).step(4).padded(3, 4),
        stem(3, 32, 19, 3).sized(9, 30).padded(0, 1),
        stem(3, 64, 18, 3).step(1),
        stem(1, 20, 11, 3).step(1).times(2),
        stem(4, 16, 12, 5).step(1).dilated(2).padded(0, 4),
        stem(3, 24, 13, 5).step(2));
  }

  private static ConvolutionShape stem(long in, long out, long size, long kernel) {
    return ConvolutionShape.of(F16, in, out, size, kernel).step(2).finished(Finish.RELU);
  }

  static Graph build(CaseBuilder b, ConvolutionShape shape, Tensor image, long... products) {
    Value planes = b.input(image, Layout.ROW_MAJOR);
    Value x = b.add(new Pointwise(List.of(planes), new Convert(F16, new Operand(0))), Layout.NHWC);
    Value last = shape.add(b, x);
    for (long channels : products) {
      last =
          ConvolutionShape.of(F16, last.shape().extent(1), channels, 1, 1)
              .times(shape.batch())
              .sized(last.shape().extent(2), last.shape().extent(3))
              .add(b, last);
    }
    return RegionCases.asRegion(b.graph(last));
  }

  static Tensor image(CaseBuilder b, ConvolutionShape s) {
    return b.random(DataType.F32, s.batch(), s.in(), s.height(), s.width());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theConvolutionReadsThePlanes(ConvolutionShape shape) {
    CaseBuilder b = new CaseBuilder(shape.hashCode());
    Graph graph = build(b, shape, image(b, shape));
    Program program = KernelHarness.check(b, graph, Tolerance.F16_CHAIN);
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("region.mma");
  }

  @Test
  void productsMayFollow() {
    CaseBuilder b = new CaseBuilder(1);
    ConvolutionShape shape = stem(3, 32, 18, 3);
    KernelHarness.check(b, build(b, shape, image(b, shape), 16, 40), Tolerance.F16_CHAIN);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void candidatesAreRight(long step) {
    CaseBuilder b = new CaseBuilder(2);
    ConvolutionShape shape = stem(3, 48, 21, 7).step(step);
    Graph graph = build(b, shape, image(b, shape));
    Value result = graph.outputs().getFirst().value();
    for (String name : List.of("h200", "a100", "t4")) {
      DeviceDescription device = DeviceDescription.shipped(name);
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 6)) {
        KernelHarness.check(b, graph, Tolerance.F16_CHAIN, program, device.architecture());
      }
    }
  }

  /// What is infinite, in f32 or once it is f16, spreads to no window that it does not lie under.
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void infinitePixelsStayUnderTheirWindows(long step) {
    CaseBuilder b = new CaseBuilder(3);
    ConvolutionShape shape = stem(3, 16, 16, 3).step(step);
    Tensor image = image(b, shape);
    image.setDouble(5 * 16 + 4, Double.POSITIVE_INFINITY);
    image.setDouble(2 * 256 + 9 * 16 + 11, -1e6);
    KernelHarness.check(b, build(b, shape, image), Tolerance.F16_CHAIN);
  }

  /// The planes that are read here are kept nowhere in f16, as a shortcut would need them.
  @Test
  void anImageThatIsReadAgainIsConvertedBefore() {
    CaseBuilder b = new CaseBuilder(4);
    Value planes = b.input(DataType.F32, Layout.ROW_MAJOR, 1, 3, 12, 12);
    Value x = b.add(new Pointwise(List.of(planes), new Convert(F16, new Operand(0))), Layout.NHWC);
    Epilogue shortcut =
        new Epilogue(new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)), List.of(x));
    Window window = Window.of(List.of(1L, 1L));
    Value sum =
        b.add(
            new Convolution(x, b.constant(F16, 3, 3, 1, 1), Optional.empty(), window, 1, shortcut),
            Layout.NHWC);
    Graph graph = RegionCases.asRegion(b.graph(sum));
    DeviceDescription device = DeviceDescription.shipped("h200");
    assertThatThrownBy(() -> CodeGenerator.generate(graph, Set.of(), device))
        .isInstanceOf(CodegenException.class);
  }
}
