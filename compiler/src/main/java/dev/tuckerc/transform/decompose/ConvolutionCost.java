package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What convolutions cost: counted always, estimated where there is a cost model.
///
/// @param model estimates one kernel, if there is one
/// @param precision element type the kernels will have
record ConvolutionCost(Optional<LayerCostModel> model, Precision precision) {

  static ConvolutionCost of(PassContext context) {
    return new ConvolutionCost(context.find(LayerCostModel.class), context.precision());
  }

  /// Figures of convolutions that run one after the other.
  LayerFigures figures(List<Convolution> chain) {
    long parameters = 0;
    long multiplyAccumulates = 0;
    for (Convolution convolution : chain) {
      parameters += convolution.weight().shape().elementCount();
      parameters += convolution.bias().map(b -> b.shape().elementCount()).orElse(0L);
      multiplyAccumulates += multiplyAccumulates(convolution);
    }
    OptionalDouble microseconds =
        model
            .map(m ->
                chain.stream().mapToDouble(c -> m.estimate(asCompiled(c)).microseconds()).sum())
            .map(OptionalDouble::of)
            .orElse(OptionalDouble.empty());
    return new LayerFigures(parameters, multiplyAccumulates, microseconds);
  }

  /// Products summed by a convolution.
  ///
  /// @throws IrException when its extents are not known
  static long multiplyAccumulates(Convolution convolution) {
    return convolution.resultType().shape().elementCount()
        * convolution.weight().shape().extent(1)
        * convolution.window().taps();
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
