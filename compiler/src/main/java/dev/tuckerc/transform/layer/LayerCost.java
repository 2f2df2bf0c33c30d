package dev.tuckerc.transform.layer;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.region.FormRegions;
import dev.tuckerc.transform.region.StageCosts;
import dev.tuckerc.transform.report.LayerFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// What convolutions and products cost: counted always, estimated where there is a cost model.
///
/// @param model estimates one kernel, if there is one
/// @param precision element type the kernels will have
public record LayerCost(Optional<LayerCostModel> model, Precision precision) {

  public static LayerCost of(PassContext context) {
    return new LayerCost(context.find(LayerCostModel.class), context.precision());
  }

  /// Figures of operations that run one after the other.
  public LayerFigures figures(List<? extends Op> chain) {
    LayerFigures counted = counted(chain);
    return new LayerFigures(
        counted.parameters(), counted.multiplyAccumulates(), counted.bytes(), microseconds(chain));
  }

  /// Figures of a form of a layer.
  public LayerFigures figures(LayerForm form, Layer layer) {
    List<Op> operations = form.operations(layer);
    LayerFigures figures = figures(operations);
    return form.together(operations)
        .filter(_ -> figures.microseconds().isPresent())
        .map(op -> alone(asCompiled(op), model.orElseThrow()))
        .filter(microseconds -> microseconds < figures.microseconds().getAsDouble())
        .map(microseconds ->
            new LayerFigures(
                figures.parameters(),
                figures.multiplyAccumulates(),
                figures.bytes(),
                OptionalDouble.of(microseconds)))
        .orElse(figures);
  }

  /// The same without a time.
  public LayerFigures counted(List<? extends Op> chain) {
    long parameters = 0;
    long multiplyAccumulates = 0;
    long bytes = 0;
    int half = precision == Precision.FP16 ? DataType.F16.bytes() : 0;
    for (Op op : chain) {
      if (op instanceof Reshape) {
        continue;
      }
      int width = half > 0 ? half : weight(op).type().elementType().bytes();
      long own = weight(op).shape().elementCount() + biasElements(op);
      parameters += own;
      multiplyAccumulates += multiplyAccumulates(op);
      bytes +=
          bytes(op.operands().getFirst().type(), half) + own * width + bytes(op.resultType(), half);
    }
    return new LayerFigures(parameters, multiplyAccumulates, bytes, OptionalDouble.empty());
  }

  /// Predicted time of operations that run one after the other; empty without a model, or where one
  /// of them is unknown to it.
  public OptionalDouble microseconds(List<? extends Op> chain) {
    if (model.isEmpty()) {
      return OptionalDouble.empty();
    }
    double total = 0;
    List<Convolution> together = new ArrayList<>();
    for (Op op : chain) {
      switch (op) {
        case Convolution c -> together.add(c);
        case MatMul product -> together.add(asConvolution(product));
        case ConvolutionTranspose c -> {
          // It shares no kernel with what stands around it.
          total += microseconds(together, Set.of()).orElse(0) + alone(asCompiled(c), model.get());
          together.clear();
        }
        case Reshape _ -> {
          // Moves nothing.
        }
        default -> {
          return OptionalDouble.empty();
        }
      }
    }
    return OptionalDouble.of(total + microseconds(together, Set.of()).orElse(0));
  }

  private static double alone(Op op, LayerCostModel model) {
    Layout layout = op.operands().getFirst().type().layout();
    TensorType type = op.resultType().withLayout(layout);
    Node node = new Node(op, new Value("", type), Location.NONE);
    return new StageCosts(model).microseconds(List.of(node), _ -> true);
  }

  /// Least predicted time of convolutions that run one after the other, where one kernel may
  /// compute several; empty without a model.
  ///
  /// @param stored positions of those whose result is read elsewhere, too
  public OptionalDouble microseconds(List<Convolution> chain, Set<Integer> stored) {
    if (model.isEmpty() || chain.isEmpty()) {
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
  public static double totalMultiplyAccumulates(List<Convolution> chain) {
    return chain.stream().mapToLong(LayerCost::multiplyAccumulates).sum();
  }

  private static long bytes(TensorType type, int width) {
    return type.shape().elementCount() * (width > 0 ? width : type.elementType().bytes());
  }

  /// Products summed by an operation.
  ///
  /// @throws IrException when its extents are not known
  public static long multiplyAccumulates(Op op) {
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

  /// Whether an operation sums products, so that there is something to decompose.
  public static boolean isProduct(Op op) {
    return op instanceof Convolution || op instanceof ConvolutionTranspose || op instanceof MatMul;
  }

  /// Elements of a bias.
  public static long biasElements(Op op) {
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

  /// A product with a matrix is a 1x1 convolution over its rows.
  public static Convolution asConvolution(MatMul product) {
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

  /// A convolution with the element type and layout that later passes will give it. Its epilogue is
  /// left out: all forms of a layer share it.
  private Convolution asCompiled(Convolution convolution) {
    return new Convolution(
        asCompiled(convolution.input()),
        inPrecision(convolution.weight()),
        convolution.bias(),
        convolution.window(),
        convolution.groups(),
        Epilogue.NONE);
  }

  private ConvolutionTranspose asCompiled(ConvolutionTranspose convolution) {
    return new ConvolutionTranspose(
        asCompiled(convolution.input()),
        inPrecision(convolution.weight()),
        convolution.bias(),
        convolution.window(),
        convolution.outputPadding(),
        convolution.groups());
  }

  private BasisConvolution asCompiled(BasisConvolution convolution) {
    return new BasisConvolution(
        asCompiled(convolution.input()),
        inPrecision(convolution.basis()),
        inPrecision(convolution.coefficients()),
        convolution.bias(),
        convolution.window(),
        convolution.nonzeros(),
        Epilogue.NONE);
  }

  private Value asCompiled(Value input) {
    Value value = inPrecision(input);
    return value.shape().rank() == 4
        ? new Value(value.name(), value.type().withLayout(Layout.NHWC))
        : value;
  }

  private Value inPrecision(Value value) {
    return precision == Precision.FP16
        ? new Value(value.name(), value.type().withElementType(DataType.F16))
        : value;
  }
}
