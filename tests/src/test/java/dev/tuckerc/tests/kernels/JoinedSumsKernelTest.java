package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The ends of residual blocks, whose shortcut is a convolution, as one kernel: `relu(A * u + B *
/// v)`, at shapes where tiles, channels and strides do not fit, with all checks on.
class JoinedSumsKernelTest {
  private static final DataType F16 = DataType.F16;

  /// A convolution, the channels of the products after it, and the shortcut that is added to the
  /// product `joined` (0 is the first convolution).
  ///
  /// @param channels of the shortcut's input
  /// @param stride of the shortcut
  record Block(
      ConvolutionShape first, List<Long> products, int joined, long channels, long stride) {

    static Block of(ConvolutionShape first, long channels, long stride, long... products) {
      List<Long> all = java.util.Arrays.stream(products).boxed().toList();
      return new Block(first, all, all.size(), channels, stride);
    }

    Block joinedAt(int stage) {
      return new Block(first, products, stage, channels, stride);
    }

    Graph build(CaseBuilder b) {
      Value x = b.input(first.type(), Layout.NHWC, first.batch(), first.in(), first.height(), first.width());
      Value last = first.add(b, x);
      last = joined == 0 ? shortcut(b, last) : last;
      for (int i = 0; i < products.size(); i++) {
        ConvolutionShape product =
            ConvolutionShape.of(first.type(), last.shape().extent(1), products.get(i), 1, 1)
                .times(first.batch())
                .sized(last.shape().extent(2), last.shape().extent(3));
        last = product.add(b, last);
        last = joined == i + 1 ? shortcut(b, last) : last;
      }
      return RegionCases.asRegion(b.graph(last));
    }

    private Value shortcut(CaseBuilder b, Value before) {
      long height = (before.shape().extent(2) - 1) * stride + 1;
      // A column more than the last step reaches.
      long width = (before.shape().extent(3) - 1) * stride + Math.min(2, stride);
      Value v = b.input(first.type(), Layout.NHWC, before.shape().extent(0), channels, height, width);
      Value weight = b.constant(first.type(), before.shape().extent(1), channels, 1, 1);
      Value bias = b.constant(DataType.F32, before.shape().extent(1));
      Window window =
          new Window(
              List.of(1L, 1L),
              List.of(stride, stride),
              List.of(0L, 0L),
              List.of(0L, 0L),
              List.of(1L, 1L));
      ScalarExpression sum = new Binary(BinaryFunction.ADD, single(1), single(0));
      ScalarExpression rectified = new Unary(UnaryFunction.RELU, sum);
      Epilogue epilogue =
          new Epilogue(
              first.type() == F16 ? new Convert(F16, rectified) : rectified, List.of(before));
      return b.add(new Convolution(v, weight, Optional.of(bias), window, 1, epilogue), Layout.NHWC);
    }

    private ScalarExpression single(int operand) {
      ScalarExpression value = new Operand(operand);
      return first.type() == F16 ? new Convert(DataType.F32, value) : value;
    }
  }

  private static ConvolutionShape convolution(long in, long out, long size, long kernel) {
    return ConvolutionShape.of(F16, in, out, size, kernel);
  }

  static Stream<Block> pairs() {
    return Stream.of(
        Block.of(convolution(32, 64, 9, 3), 16, 2),
        Block.of(convolution(64, 72, 7, 1), 40, 2),
        Block.of(convolution(5, 13, 6, 3), 24, 1),
        Block.of(convolution(3, 20, 9, 3), 8, 3),
        Block.of(convolution(40, 24, 5, 3).step(2).times(3), 72, 2));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void twoConvolutionsAreOneProduct(Block block) {
    CaseBuilder b = new CaseBuilder(block.hashCode());
    Program program = KernelHarness.check(b, block.build(b), Tolerance.F16_CHAIN);
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("gemm.mma");
  }

  static Stream<Block> chains() {
    return Stream.of(
        Block.of(convolution(32, 32, 9, 3), 16, 2, 64),
        Block.of(convolution(24, 40, 7, 3), 24, 2, 72, 24).joinedAt(1),
        Block.of(convolution(5, 13, 7, 3), 3, 1, 19),
        Block.of(convolution(16, 16, 13, 3).step(2).times(2), 44, 2, 48),
        Block.of(convolution(40, 16, 6, 1), 8, 3, 32, 16, 24).joinedAt(2),
        Block.of(convolution(24, 24, 9, 3).grouped(24), 10, 2, 40),
        Block.of(convolution(16, 24, 8, 3), 40, 1, 56, 32, 16, 48));
  }

  @ParameterizedTest
  @MethodSource("chains")
  void theLastProductOfAChainTakesTheShortcut(Block block) {
    CaseBuilder b = new CaseBuilder(block.hashCode());
    Program program = KernelHarness.check(b, block.build(b), Tolerance.F16_CHAIN);
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("region.mma");
  }

  static Stream<Block> singlePrecisionChains() {
    return chains()
        .map(block -> {
          ConvolutionShape f = block.first();
          ConvolutionShape first =
              ConvolutionShape.of(DataType.F32, f.in(), f.out(), f.height(), f.kernel())
                  .step(f.stride())
                  .times(f.batch())
                  .grouped(f.groups());
          return new Block(
              first, block.products(), block.joined(), block.channels(), block.stride());
        });
  }

  @ParameterizedTest
  @MethodSource("singlePrecisionChains")
  void soDoesThatOfAChainInSinglePrecision(Block block) {
    CaseBuilder b = new CaseBuilder(block.hashCode());
    Tolerance tolerance = new Tolerance(2e-5, 2e-5, 2e-6);
    Program program = KernelHarness.check(b, block.build(b), tolerance);
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("region.simt");
  }

  /// Tiles, slices, parts of sums: whatever the choice is, the result is the same.
  @Test
  void candidatesOfPairsAreRight() {
    CaseBuilder b = new CaseBuilder(3);
    Graph graph = Block.of(convolution(192, 64, 7, 3), 72, 2).build(b);
    DeviceDescription device = DeviceDescription.shipped("h200");
    Value result = graph.outputs().getFirst().value();
    Set<Long> slices = new HashSet<>();
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 24)) {
      KernelHarness.check(b, graph, Tolerance.F16_CHAIN, program, device.architecture());
      slices.add(program.kernels().getFirst().decision().parameters().get("SLICES"));
    }
    assertThat(slices).hasSizeGreaterThan(1);
  }

  /// In one block, over clusters, and with weights that stay.
  @Test
  void candidatesOfChainsAreRight() {
    CaseBuilder b = new CaseBuilder(4);
    Graph graph = Block.of(convolution(48, 40, 6, 3), 56, 2, 136, 24).joinedAt(1).build(b);
    DeviceDescription device = DeviceDescription.shipped("h200");
    Value result = graph.outputs().getFirst().value();
    List<Long> clusters = new ArrayList<>();
    List<Long> resident = new ArrayList<>();
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 13)) {
      KernelHarness.check(b, graph, Tolerance.F16_CHAIN, program, device.architecture());
      clusters.add(program.kernels().getFirst().decision().parameters().get("CLUSTER"));
      resident.add(program.kernels().getFirst().decision().parameters().get("RESIDENT"));
    }
    assertThat(clusters).contains(1L, 2L, 4L, 8L);
    assertThat(resident).contains(0L, 1L);
  }

  @Test
  void runsOnTuringAndAmpere() {
    for (String device : List.of("t4", "a100")) {
      for (Block block :
          List.of(
              Block.of(convolution(24, 16, 9, 3), 16, 2),
              Block.of(convolution(24, 16, 9, 3), 16, 2, 40))) {
        CaseBuilder b = new CaseBuilder(2);
        Graph graph = block.build(b);
        KernelHarness.check(b, graph, Tolerance.F16_CHAIN, DeviceDescription.shipped(device));
      }
    }
  }
}
