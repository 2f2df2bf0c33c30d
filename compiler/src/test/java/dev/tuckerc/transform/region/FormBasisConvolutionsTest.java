package dev.tuckerc.transform.region;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.testing.FakeKernels;
import dev.tuckerc.transform.testing.GraphBuilder;
import dev.tuckerc.transform.testing.RandomTensors;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FormBasisConvolutionsTest {
  /// Prices by what a kernel computes.
  private record Prices(double sparse, double dense, double pair) implements LayerCostModel {
    @Override
    public Estimate estimate(Convolution convolution) {
      return FakeKernels.estimate(dense);
    }

    @Override
    public Optional<Estimate> estimate(Region region) {
      List<Node> nodes = region.body().nodes();
      Op first = nodes.getFirst().op();
      double price = nodes.size() > 1 ? pair : first instanceof BasisConvolution ? sparse : dense;
      return Optional.of(FakeKernels.estimate(price));
    }
  }

  private final GraphBuilder builder = new GraphBuilder();

  /// depthwise 3x3 with two kernels a channel, then 1x1, as PENNI exports it.
  ///
  /// @param shared whether all channels have the same kernels
  /// @param zeros share of the coefficients
  private Graph penni(int inputs, int outputs, int size, boolean shared, double zeros) {
    Random random = new Random(4);
    Value x = builder.input("x", 1, inputs, size, size);
    Tensor own = RandomTensors.normal(random, DataType.F32, 2 * inputs, 1, 3, 3);
    for (int i = 18; i < own.size() && shared; i++) {
      own.setDouble(i, own.getDouble(i - 18));
    }
    Value filtered =
        builder.add(
            new Convolution(
                x,
                builder.constant("basis", own),
                Optional.empty(),
                GraphBuilder.window(2, 3, 1, 1),
                inputs,
                Epilogue.NONE),
            "filtered");
    Tensor matrix = RandomTensors.normal(random, DataType.F32, outputs, 2 * inputs, 1, 1);
    for (int i = 0; i < matrix.size(); i++) {
      if (random.nextDouble() < zeros) {
        matrix.setDouble(i, 0);
      }
    }
    Value y =
        builder.add(
            new Convolution(
                filtered,
                builder.constant("coefficients", matrix),
                Optional.of(builder.weight("bias", outputs)),
                GraphBuilder.window(2, 1, 1, 0),
                1,
                Epilogue.NONE),
            "y");
    return new AssignLayouts()
        .run(builder.graph(builder.relu(y, "z")), PassContext.of(Precision.FP32));
  }

  private static PassContext context(LayerCostModel model) {
    return PassContext.of(Precision.FP32).with(LayerCostModel.class, model);
  }

  private static Graph formed(Graph before, PassContext context) {
    Graph after = new FormBasisConvolutions().run(before, context);
    assertEquivalent(before, after, 1e-6);
    return after;
  }

  @Test
  void takesTheCheapestOfThree() {
    Graph before = penni(3, 4, 6, true, 0.5);
    assertThat(operations(formed(before, context(new Prices(1, 2, 3))))).contains("basis_conv");
    assertThat(operations(formed(before, context(new Prices(2, 1, 3)))))
        .containsOnlyOnce("conv")
        .doesNotContain("basis_conv");
    PassContext unchanged = context(new Prices(3, 3, 1));
    assertThat(formed(before, unchanged)).isSameAs(before);
    assertThat(unchanged.remarks().getFirst().toString())
        .startsWith("MISSED form-basis-convolutions at conv 'filtered'")
        .endsWith("predicted: as it is 1.00 us, sparse 3.00 us, multiplied out 3.00 us");
  }

  @Test
  void channelsWithKernelsOfTheirOwnHaveNoBasis() {
    Graph before = penni(3, 4, 6, false, 0);
    assertThat(formed(before, context(new Prices(1, 1, 3)))).isSameAs(before);
  }

  /// A pruned 1x1 convolution is sparse without a basis.
  @Test
  void aSparseProductStandsAlone() {
    Graph before = penni(3, 4, 6, false, 0.8);
    Graph after = formed(before, context(new Prices(1, 3, 9)));
    assertThat(operations(after)).contains("conv", "basis_conv");
  }

  @Test
  void textAndVerifierKnowTheOperation() {
    Graph after = formed(penni(3, 4, 6, true, 0.5), context(new Prices(1, 2, 3)));
    Node node =
        after.nodes().stream()
            .filter(n -> n.op() instanceof BasisConvolution)
            .findFirst()
            .orElseThrow();
    assertThat(IrPrinter.print(after))
        .contains(
            "basis_conv(%x_nhwc, %coefficients.basis, %coefficients.coefficients, %bias)"
                + " {kernel=[3,3], stride=[1,1], pad=[1,1,1,1], dilation=[1,1], nonzeros="
                + ((BasisConvolution) node.op()).nonzeros());
    String small =
        """
        graph @g(%x: f32[1,1,2,2]{NHWC}) -> (%y) {
          %b = constant() {label="b", value=<2.0>} : f32[1,1,1]
          %a = constant() {label="a", value=<0.0, 3.0>} : f32[2,1]
          %y = basis_conv(%x, %b, %a) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], nonzeros=1} : (f32[1,1,2,2]{NHWC}, f32[1,1,1], f32[2,1]) -> f32[1,2,2,2]{NHWC}
        }
        """;
    assertThat(IrPrinter.print(IrParser.parse(small, Weights.NONE))).isEqualTo(small);
  }

  /// By the real model: at 128 channels and f32, dense coefficients are multiplied by, and the
  /// zeros of sparse ones skipped.
  @Test
  void sparsityPaysWhereThereIsEnough() {
    KernelCostModel model = new KernelCostModel(DeviceDescription.shipped("h200"));
    Graph dense = penni(128, 128, 56, true, 0);
    assertThat(operations(new FormBasisConvolutions().run(dense, context(model))))
        .doesNotContain("basis_conv");
    PassContext context = context(model);
    Graph sparse = new FormBasisConvolutionsTest().penni(128, 128, 56, true, 0.97);
    assertThat(operations(new FormBasisConvolutions().run(sparse, context)))
        .as(() -> context.remarks().stream().map(Remark::toString).toList().toString())
        .contains("basis_conv");
  }
}
