package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.region.FormRegions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

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
    return new LayerFigures(parameters, multiplyAccumulates, microseconds(chain, Set.of()));
  }

  /// Least predicted time of convolutions that run one after the other, where one kernel may
  /// compute several; empty without a model.
  ///
  /// @param stored positions of those whose result is read elsewhere, too
  OptionalDouble microseconds(List<Convolution> chain, Set<Integer> stored) {
    if (model.isEmpty()) {
      return OptionalDouble.empty();
    }
    List<Node> nodes = new ArrayList<>();
    List<Graph.Output> outputs = new ArrayList<>();
    for (int i = 0; i < chain.size(); i++) {
      Convolution compiled = asCompiled(chain.get(i));
      if (!nodes.isEmpty()) {
        Value before = nodes.getLast().result();
        // Work between the two is left out: every form has the same.
        if (before.shape().equals(compiled.input().shape())) {
          List<Value> operands = new ArrayList<>(compiled.operands());
          operands.set(0, before);
          compiled = (Convolution) compiled.withOperands(operands);
        }
      }
      TensorType type = compiled.resultType().withLayout(compiled.input().type().layout());
      nodes.add(new Node(compiled, new Value("", type), Location.NONE));
      if (stored.contains(i) || i == chain.size() - 1) {
        outputs.add(new Graph.Output("y" + i, nodes.getLast().result()));
      }
    }
    return OptionalDouble.of(
        FormRegions.leastMicroseconds(new Graph("forms", List.of(), nodes, outputs), model.get()));
  }

  /// The sum over several convolutions.
  static double totalMultiplyAccumulates(List<Convolution> chain) {
    return chain.stream().mapToLong(ConvolutionCost::multiplyAccumulates).sum();
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
