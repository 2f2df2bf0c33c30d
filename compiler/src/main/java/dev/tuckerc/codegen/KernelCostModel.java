package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.Selection;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Predicts a convolution by making the very candidates that code generation would choose from, in
/// the layout it would use (channels last for two spatial axes). Thread-safe; each shape is
/// estimated once.
public final class KernelCostModel implements LayerCostModel {
  private final PerformanceModel model;
  private final Map<Key, Estimate> known = new ConcurrentHashMap<>();

  public KernelCostModel(DeviceDescription device) {
    this.model = new PerformanceModel(device);
  }

  /// What an estimate depends on.
  private record Key(
      TensorType input,
      TensorType weight,
      boolean bias,
      Window window,
      long groups,
      List<TensorType> epilogue) {}

  @Override
  public Estimate estimate(Convolution convolution) {
    Key key =
        new Key(
            convolution.input().type().withLayout(Layout.ROW_MAJOR),
            convolution.weight().type(),
            convolution.bias().isPresent(),
            convolution.window(),
            convolution.groups(),
            convolution.epilogue().operands().stream().map(Value::type).toList());
    return known.computeIfAbsent(key, _ -> compute(convolution));
  }

  private Estimate compute(Convolution convolution) {
    Layout layout = convolution.window().rank() == 2 ? Layout.NHWC : Layout.ROW_MAJOR;
    Value input = new Value("input", convolution.input().type().withLayout(layout));
    Convolution stored =
        new Convolution(
            input,
            convolution.weight(),
            convolution.bias(),
            convolution.window(),
            convolution.groups(),
            convolution.epilogue());
    Value result = new Value("result", stored.resultType().withLayout(layout));
    Node node = new Node(stored, result, Location.NONE);
    // Weights are packed only for a candidate that is generated, so their data is never looked at.
    var weight =
        new LoweringContext.KnownConstant("weight", Tensor.zeros(DataType.F32, List.of(0L)));
    LoweringContext context =
        new LoweringContext(
            node, model.device(), Map.of(convolution.weight(), weight), TemplateLibrary.standard());
    return Selection.best(Lowerings.candidates(context), model, context).decision().estimate();
  }
}
