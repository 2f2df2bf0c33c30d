package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What convolutions and products cost: counted always, estimated where there is a cost model.
///
/// @param model estimates one kernel, if there is one
/// @param precision element type the kernels will have
record LayerCost(Optional<LayerCostModel> model, Precision precision) {

  static LayerCost of(PassContext context) {
    return new LayerCost(context.find(LayerCostModel.class), context.precision());
  }

  /// Figures of operations that run one after the other.
  LayerFigures figures(List<? extends Op> chain) {
    LayerFigures sum = LayerFigures.NONE;
    for (Op op : chain) {
      sum = sum.plus(figures(op));
    }
    return sum;
  }

  private LayerFigures figures(Op op) {
    long parameters =
        weight(op).shape().elementCount() + bias(op).map(b -> b.shape().elementCount()).orElse(0L);
    int width = precision == Precision.FP16 ? DataType.F16.bytes() : 0;
    long bytes =
        bytes(op.operands().getFirst().type(), width)
            + parameters * (width > 0 ? width : weight(op).type().elementType().bytes())
            + bytes(op.resultType(), width);
    return new LayerFigures(parameters, multiplyAccumulates(op), bytes, microseconds(op));
  }

  private static long bytes(TensorType type, int width) {
    return type.shape().elementCount() * (width > 0 ? width : type.elementType().bytes());
  }

  /// Products summed by an operation.
  ///
  /// @throws IrException when its extents are not known
  static long multiplyAccumulates(Op op) {
    return switch (op) {
      case Convolution c ->
          c.resultType().shape().elementCount() * c.weight().shape().extent(1) * c.window().taps();
      case ConvolutionTranspose c ->
          c.input().shape().elementCount() * c.weight().shape().extent(1) * c.window().taps();
      case MatMul product ->
          product.resultType().shape().elementCount()
              * product.a().shape().extent(product.a().shape().rank() - 1);
      default -> throw new IllegalArgumentException(op.name() + " has no weight");
    };
  }

  /// Elements of a bias.
  static long biasElements(Op op) {
    return bias(op).map(b -> b.shape().elementCount()).orElse(0L);
  }

  private static Value weight(Op op) {
    return op.operands().get(1);
  }

  private static Optional<Value> bias(Op op) {
    return switch (op) {
      case Convolution c -> c.bias();
      case ConvolutionTranspose c -> c.bias();
      default -> Optional.empty();
    };
  }

  /// Predicted time of one operation; empty without a model, or for what it does not know.
  OptionalDouble microseconds(Op op) {
    if (model.isEmpty()) {
      return OptionalDouble.empty();
    }
    Optional<Convolution> convolution =
        switch (op) {
          case Convolution c -> Optional.of(asCompiled(c));
          case MatMul product -> Optional.of(asCompiled(asConvolution(product)));
          default -> Optional.empty();
        };
    return convolution
        .map(c -> OptionalDouble.of(model.get().estimate(c).microseconds()))
        .orElse(OptionalDouble.empty());
  }

  /// A product with a matrix is a 1x1 convolution over its rows.
  private static Convolution asConvolution(MatMul product) {
    Shape a = product.a().shape();
    long inputs = a.extent(a.rank() - 1);
    long rows = a.elementCount() / Math.max(1, inputs);
    DataType type = product.a().type().elementType();
    long outputs = product.b().shape().extent(1);
    return new Convolution(
        new Value("rows", TensorType.of(type, 1, inputs, rows, 1)),
        new Value("weight", TensorType.of(type, outputs, inputs, 1, 1)),
        Optional.empty(),
        Window.of(List.of(1L, 1L)),
        1,
        Epilogue.NONE);
  }

  /// The convolution with the element type and layout that later passes will give it. Its epilogue
  /// is left out: all forms of a layer share it.
  private Convolution asCompiled(Convolution convolution) {
    TensorType input = convolution.input().type();
    TensorType weight = convolution.weight().type();
    if (precision == Precision.FP16) {
      input = input.withElementType(DataType.F16);
      weight = weight.withElementType(DataType.F16);
    }
    if (input.shape().rank() == 4) {
      input = input.withLayout(Layout.NHWC);
    }
    return new Convolution(
        new Value(convolution.input().name(), input),
        new Value(convolution.weight().name(), weight),
        convolution.bias(),
        convolution.window(),
        convolution.groups(),
        Epilogue.NONE);
  }
}
