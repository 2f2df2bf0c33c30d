package dev.tuckerc.codegen;

import dev.tuckerc.codegen.region.RegionLowering;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.codegen.select.Selection;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.Attributes;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Predicts a convolution or a region by making the very candidates that code generation would
/// choose from; a convolution in the layout it would use (channels last for two spatial axes).
/// Thread-safe; each shape is estimated once, or not at all where [Predictions] tell.
public final class KernelCostModel implements LayerCostModel {
  private static final Logger LOG = LoggerFactory.getLogger(KernelCostModel.class);

  private final PerformanceModel model;
  private final Predictions predictions;

  /// Share of the weights that comes from device memory: all that a working set says to a kernel.
  private final double cold;

  private final Questions questions;
  private final Map<Double, KernelCostModel> byCold = new ConcurrentHashMap<>();
  private final Map<Key, Estimate> known = new ConcurrentHashMap<>();
  private final Map<RegionShape, Optional<Estimate>> regions = new ConcurrentHashMap<>();

  /// A model of kernels of a network that fits the second-level cache.
  public KernelCostModel(DeviceDescription device) {
    this(device, new Predictions());
  }

  /// The same, which need not predict again what is predicted already.
  public KernelCostModel(DeviceDescription device, Predictions predictions) {
    this(new PerformanceModel(device), predictions, 0);
  }

  private KernelCostModel(PerformanceModel model, Predictions predictions, double cold) {
    this.model = model;
    this.predictions = predictions;
    this.cold = cold;
    this.questions = Questions.of(model.device(), cold);
  }

  @Override
  public KernelCostModel within(WorkingSet network) {
    double cold = network.coldWeights(model.device());
    return cold == this.cold
        ? this
        : byCold.computeIfAbsent(
            cold,
            _ ->
                new KernelCostModel(
                    new PerformanceModel(model.device(), network), predictions, cold));
  }

  @Override
  public double startMicroseconds() {
    return model.device().edge(false) - model.device().edge(true);
  }

  /// The same model when no kernel computes several nodes.
  public LayerCostModel withoutRegions() {
    return new LayerCostModel() {
      @Override
      public double startMicroseconds() {
        return KernelCostModel.this.startMicroseconds();
      }

      @Override
      public Estimate estimate(Convolution convolution) {
        return KernelCostModel.this.estimate(convolution);
      }

      @Override
      public Optional<Estimate> estimate(Region region) {
        return region.body().nodes().size() == 1
            ? KernelCostModel.this.estimate(region)
            : Optional.empty();
      }

      @Override
      public LayerCostModel within(WorkingSet network) {
        return KernelCostModel.this.within(network).withoutRegions();
      }
    };
  }

  /// What an estimate depends on.
  private record Key(
      TensorType input,
      TensorType weight,
      boolean bias,
      Attributes attributes,
      List<TensorType> epilogue) {}

  @Override
  public Estimate estimate(Convolution convolution) {
    Key key =
        new Key(
            convolution.input().type().withLayout(Layout.ROW_MAJOR),
            convolution.weight().type(),
            convolution.bias().isPresent(),
            convolution.attributes(),
            convolution.epilogue().operands().stream().map(Value::type).toList());
    // Not made under the map's lock: others would wait for it.
    Estimate before = known.get(key);
    if (before != null) {
      return before;
    }
    Estimate made =
        predictions
            .estimate(questions.scope() + key, () -> Optional.of(compute(convolution)))
            .orElseThrow();
    known.put(key, made);
    return made;
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
    Set<Value> weights = new HashSet<>(Set.of(convolution.weight()));
    convolution.bias().ifPresent(weights::add);
    return compute(node, weights);
  }

  @Override
  public Optional<Estimate> estimate(Region region) {
    RegionShape shape = RegionShape.of(region);
    Optional<Estimate> before = regions.get(shape);
    if (before != null) {
      return before;
    }
    Optional<Estimate> made =
        questions
            .time(shape)
            .map(question -> predictions.estimate(question, () -> compute(region)))
            .orElseGet(() -> compute(region));
    regions.put(shape, made);
    return made;
  }

  private Optional<Estimate> compute(Region region) {
    Set<Value> weights = RegionShape.weights(region.body());
    try {
      if (region.body().nodes().size() == 1) {
        return Optional.of(compute(region.body().nodes().getFirst(), weights));
      }
      List<Value> results =
          region.resultTypes().stream().map(type -> new Value("result", type)).toList();
      Set<Value> outside =
          region.operands().stream()
              .filter(operand -> weights.contains(region.inside(operand)))
              .collect(Collectors.toSet());
      LoweringContext context = context(new Node(region, results, Location.NONE), outside);
      return RegionLowering.estimate(region, context);
    } catch (CodegenException e) {
      LOG.debug("no kernel for a region: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /// @throws CodegenException when there is no kernel for the node
  private Estimate compute(Node node, Set<Value> weights) {
    LoweringContext context = context(node, weights);
    return Selection.best(Lowerings.candidates(context), model, context).decision().estimate();
  }

  private LoweringContext context(Node node, Set<Value> weights) {
    // Weights are packed only for a candidate that is generated, so their data is never looked at.
    Tensor unknown = Tensor.zeros(DataType.F32, List.of(0L));
    Map<Value, LoweringContext.KnownConstant> constants = new HashMap<>();
    for (Value weight : weights) {
      constants.put(
          weight, new LoweringContext.KnownConstant("weight" + constants.size(), unknown));
    }
    return new LoweringContext(node, model, constants, TemplateLibrary.standard());
  }
}
