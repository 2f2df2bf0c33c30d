package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.TensorTrain;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// One way to run a layer as a chain, before any number of it is known.
///
/// @param name how the factors follow each other, such as `R-C-E`
/// @param choice the ranks it has
/// @param steps the shapes of the factors
public record LayerForm(String name, RankChoice choice, List<Step> steps) {
  public LayerForm {
    steps = List.copyOf(steps);
  }

  /// A factor without numbers; see [Factorization.Factor].
  public record Step(String part, long outputs, long inputs, long groups, List<Integer> axes) {}

  /// The forms in which a layer can have these ranks.
  ///
  /// Where a form merges a factor into the core, that factor's rank saves nothing, so the form has
  /// the full rank there (methods.md: R-CE, RC-E). A factor that would be square is never made.
  public static List<LayerForm> candidates(Layer layer, RankChoice choice) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    return switch (choice) {
      case RankChoice.KeepDense _ -> List.of();
      case RankChoice.Search search ->
          RankGrid.coarse(layer, search).stream()
              .flatMap(ranks -> candidates(layer, ranks).stream())
              .distinct()
              .toList();
      case RankChoice.Fraction fraction -> candidates(layer, fraction.of(inputs, outputs));
      case RankChoice.Ranks(int in, int out) -> {
        List<LayerForm> forms = new ArrayList<>();
        if (in < inputs && out < outputs) {
          forms.add(tucker(layer, in, out));
        }
        // The last factor of a flattened image is a product again, so there has to be one.
        if (in < inputs && layer.kind() != LayerKind.FLATTENED) {
          forms.add(tucker(layer, in, outputs));
        }
        if (out < outputs) {
          forms.add(tucker(layer, inputs, out));
        }
        yield forms;
      }
      // With one mode at full rank Tucker-2 is the singular value decomposition.
      case RankChoice.SingularValues(int rank) when layer.kind() == LayerKind.FLATTENED ->
          rank < outputs ? List.of(tucker(layer, inputs, rank)) : List.of();
      case RankChoice.SingularValues(int rank) ->
          rank < Math.min(inputs, outputs) ? List.of(singularValues(layer, rank)) : List.of();
      case RankChoice.Basis(int kernels) ->
          kernels < layer.taps() ? List.of(basis(layer, kernels)) : List.of();
      case RankChoice.Terms(int count) -> List.of(terms(layer, count));
      case RankChoice.Train train -> List.of(train(layer, train));
    };
  }

  private static LayerForm tucker(Layer layer, int in, int out) {
    long groups = layer.groups();
    List<Step> steps = new ArrayList<>();
    if (in < layer.inputs()) {
      steps.add(new Step("reduce", in * groups, layer.inputs(), groups, List.of()));
    }
    steps.add(new Step("core", out * groups, in, groups, allAxes(layer)));
    if (out < layer.outputs()) {
      steps.add(new Step("expand", layer.outputs() * groups, out, groups, List.of()));
    }
    String name = in == layer.inputs() ? "RC-E" : out == layer.outputs() ? "R-CE" : "R-C-E";
    return new LayerForm(name, new RankChoice.Ranks(in, out), steps);
  }

  /// Computes the factors.
  public Factorization factorize(Factorizer factorizer) {
    return switch (choice) {
      case RankChoice.Ranks(int in, int out) -> factorizer.tucker(in, out);
      case RankChoice.SingularValues(int rank) -> factorizer.singularValues(rank);
      case RankChoice.Basis(int kernels) -> factorizer.basis(kernels);
      case RankChoice.Terms(int count) -> factorizer.canonical(count);
      case RankChoice.Train train ->
          factorizer.tensorTrain(train.outputModes(), train.inputModes(), train.ranks());
      case RankChoice.Fraction _, RankChoice.Search _, RankChoice.KeepDense _ ->
          throw new IllegalStateException("a form has ranks");
    };
  }

  /// What the factors lose of the weight, a relative error: an upper bound where computing them
  /// would take long.
  public double estimate(Factorizer factorizer) {
    Factorization found =
        choice instanceof RankChoice.Terms(int count)
            ? factorizer.canonicalBriefly(count)
            : factorize(factorizer);
    return found.relativeError();
  }

  /// A Tucker-2 chain of this form with given factors.
  ///
  /// @param tucker of the ranks of this form
  public Factorization of(Tucker2 tucker) {
    List<Factorization.Factor> empty =
        steps.stream()
            .map(step ->
                new Factorization.Factor(
                    step.part(),
                    Tensor.zeros(DataType.F64, shape(step, tucker)),
                    step.groups(),
                    step.axes()))
            .toList();
    return new Factorization(name, empty, 0).with(tucker);
  }

  private static List<Long> shape(Step step, Tucker2 tucker) {
    List<Long> kernel = tucker.core().shape().subList(2, tucker.core().rank());
    List<Long> extents = new ArrayList<>(List.of(step.outputs(), step.inputs()));
    extents.addAll(step.axes().isEmpty() ? Collections.nCopies(kernel.size(), 1L) : kernel);
    return extents;
  }

  private static LayerForm singularValues(Layer layer, int rank) {
    long groups = layer.groups();
    return new LayerForm(
        "R-E",
        new RankChoice.SingularValues(rank),
        List.of(
            new Step("reduce", rank * groups, layer.inputs(), groups, allAxes(layer)),
            new Step("expand", layer.outputs() * groups, rank, groups, List.of())));
  }

  private static LayerForm basis(Layer layer, int kernels) {
    long inputs = layer.inputs();
    return new LayerForm(
        "B-A",
        new RankChoice.Basis(kernels),
        List.of(
            new Step("basis", inputs * kernels, 1, inputs, allAxes(layer)),
            new Step("coefficients", layer.outputs(), inputs * kernels, 1, List.of())));
  }

  private static LayerForm terms(Layer layer, int count) {
    long groups = layer.groups();
    long all = count * groups;
    return new LayerForm(
        "R-D-E",
        new RankChoice.Terms(count),
        List.of(
            new Step("reduce", all, layer.inputs(), groups, List.of()),
            new Step("depthwise", all, 1, all, allAxes(layer)),
            new Step("expand", layer.outputs() * groups, count, groups, List.of())));
  }

  private static LayerForm train(Layer layer, RankChoice.Train train) {
    List<Integer> modes = new ArrayList<>(train.outputModes());
    boolean spatial = layer.taps() > 1;
    if (spatial) {
      modes.add(layer.taps());
    }
    modes.addAll(train.inputModes());
    List<Integer> ranks = TensorTrain.possible(modes, train.ranks());
    int split = train.outputModes().size();
    long groups = layer.groups();
    long out = ranks.get(split - 1);
    long in = spatial ? ranks.get(split) : out;
    List<Step> steps = new ArrayList<>();
    steps.add(
        new Step(
            "reduce", in * groups, layer.inputs(), groups, spatial ? List.of() : allAxes(layer)));
    if (spatial) {
      steps.add(new Step("core", out * groups, in, groups, allAxes(layer)));
    }
    steps.add(new Step("expand", layer.outputs() * groups, out, groups, List.of()));
    return new LayerForm("TT", train, steps);
  }

  private static List<Integer> allAxes(Layer layer) {
    int rank = layer.data().orElseThrow().rank() - 2;
    return java.util.stream.IntStream.range(0, rank).boxed().toList();
  }

  /// The operations of the chain in the place of a node; bias and epilogue go to the last.
  ///
  /// @param input what the first reads
  /// @param weights gives each step's weight, in the orientation of its operation
  /// @param results gives the value that a step but the last defines
  public List<Op> operations(
      Node node,
      Value input,
      BiFunction<Integer, TensorType, Value> weights,
      BiFunction<Integer, Op, Value> results) {
    List<Op> operations = new ArrayList<>();
    Value current = input;
    for (int i = 0; i < steps.size(); i++) {
      boolean last = i == steps.size() - 1;
      int index = i;
      boolean image = reads(node);
      if (last && image) {
        Reshape rows =
            new Reshape(current, Shape.of(input.shape().extent(0), steps.get(i).inputs()));
        operations.add(rows);
        current = results.apply(i - 1, rows);
      }
      Function<TensorType, Value> weight = type -> weights.apply(index, type);
      Op op =
          image && !last
              ? imageStep((MatMul) node.op(), steps.get(i), current, weight)
              : operation(node.op(), steps.get(i), current, last, weight);
      operations.add(op);
      if (!last) {
        current = results.apply(i, op);
      }
    }
    return operations;
  }

  /// The operations with weights that have a type only.
  public List<Op> operations(Layer layer) {
    Node node = layer.node();
    return operations(
        node,
        reads(node) ? image(layer) : node.op().operands().getFirst(),
        (_, type) -> new Value("weight", type),
        (_, op) -> new Value("step", op.resultType()));
  }

  /// The one operation that may take the place of a basis and its coefficients
  /// ([dev.tuckerc.transform.region.FormBasisConvolutions]); empty for other forms.
  ///
  /// @param operations of this form
  public Optional<BasisConvolution> together(List<? extends Op> operations) {
    if (!(choice instanceof RankChoice.Basis(int kernels))
        || !(operations.getFirst() instanceof Convolution filter)
        || !(operations.getLast() instanceof Convolution product)
        || filter.input().shape().rank() != 4) {
      return Optional.empty();
    }
    List<Long> basis = new ArrayList<>(List.of((long) kernels));
    basis.addAll(filter.window().kernel());
    DataType type = product.weight().type().elementType();
    Shape coefficients =
        Shape.of(product.weight().shape().extent(0), product.weight().shape().extent(1));
    return Optional.of(
        new BasisConvolution(
            filter.input(),
            new Value("basis", TensorType.of(type, Shape.of(basis))),
            new Value("coefficients", TensorType.of(type, coefficients)),
            product.bias(),
            filter.window(),
            coefficients.elementCount(),
            product.epilogue()));
  }

  /// Whether the chain reads the image whose rows the node reads.
  public boolean reads(Node node) {
    return node.op() instanceof MatMul && steps.stream().anyMatch(step -> !step.axes().isEmpty());
  }

  /// An image of the layer's size that nothing defines.
  public static Value image(Layer layer) {
    Value rows = layer.node().op().operands().getFirst();
    List<Long> extents = new ArrayList<>(layer.data().orElseThrow().shape());
    extents.set(0, rows.shape().extent(0));
    return new Value("image", TensorType.of(rows.type().elementType(), Shape.of(extents)));
  }

  private static Op operation(
      Op dense, Step step, Value input, boolean last, Function<TensorType, Value> weight) {
    return switch (dense) {
      case Convolution c ->
          new Convolution(
              input,
              weight.apply(weightType(c.weight(), c.window(), step, false)),
              last ? c.bias() : Optional.empty(),
              window(c.window(), step),
              step.groups(),
              last ? c.epilogue() : Epilogue.NONE);
      case ConvolutionTranspose c when !step.axes().isEmpty() ->
          new ConvolutionTranspose(
              input,
              weight.apply(weightType(c.weight(), c.window(), step, true)),
              last ? c.bias() : Optional.empty(),
              c.window(),
              c.outputPadding(),
              step.groups());
      case ConvolutionTranspose c ->
          new Convolution(
              input,
              weight.apply(weightType(c.weight(), c.window(), step, false)),
              last ? c.bias() : Optional.empty(),
              window(c.window(), step),
              step.groups(),
              Epilogue.NONE);
      case MatMul product ->
          new MatMul(
              input,
              weight.apply(
                  TensorType.of(
                      product.b().type().elementType(), Shape.of(step.inputs(), step.outputs()))),
              last ? product.epilogue() : Epilogue.NONE);
      default -> throw new IllegalArgumentException(dense.name() + " has no weight");
    };
  }

  /// A step that reads an image: a convolution whose window is a pixel, or the whole image.
  private static Convolution imageStep(
      MatMul product, Step step, Value input, Function<TensorType, Value> weight) {
    List<Long> window =
        step.axes().isEmpty() ? List.of(1L, 1L) : input.shape().extents().subList(2, 4);
    Shape shape = Shape.of(step.outputs(), step.inputs(), window.get(0), window.get(1));
    return new Convolution(
        input,
        weight.apply(TensorType.of(product.b().type().elementType(), shape)),
        Optional.empty(),
        Window.of(window),
        1,
        Epilogue.NONE);
  }

  private static TensorType weightType(Value dense, Window window, Step step, boolean swapped) {
    List<Long> extents =
        new ArrayList<>(
            swapped
                ? List.of(step.inputs(), step.outputs())
                : List.of(step.outputs(), step.inputs()));
    extents.addAll(window(window, step).kernel());
    return TensorType.of(dense.type().elementType(), Shape.of(extents));
  }

  /// The layer's window on the axes that the step spans, 1x1 on the others.
  private static Window window(Window window, Step step) {
    List<Long> ones = Collections.nCopies(window.rank(), 1L);
    if (step.axes().isEmpty()) {
      return Window.of(ones);
    }
    if (step.axes().size() == window.rank()) {
      return window;
    }
    List<List<Long>> lists = new ArrayList<>();
    for (List<Long> full :
        List.of(
            window.kernel(),
            window.stride(),
            window.padBefore(),
            window.padAfter(),
            window.dilation())) {
      List<Long> own = new ArrayList<>(full);
      boolean pads = lists.size() == 2 || lists.size() == 3;
      for (int axis = 0; axis < own.size(); axis++) {
        if (!step.axes().contains(axis)) {
          own.set(axis, pads ? 0L : 1L);
        }
      }
      lists.add(own);
    }
    return new Window(lists.get(0), lists.get(1), lists.get(2), lists.get(3), lists.get(4));
  }
}
