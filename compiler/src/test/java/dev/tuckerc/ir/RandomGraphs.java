package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// Well-formed graphs of random operations on small tensors of rank 4, for property tests.
public final class RandomGraphs {
  private static final List<String> NAMES =
      List.of(
          "",
          "x",
          "x",
          "layer1/conv:0",
          "a b",
          "\"quoted\\\"",
          "größe",
          "7",
          "x_2",
          "\ud83d\ude00\n");

  private final Random random;
  private final List<Value> values = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final boolean evaluable;

  private RandomGraphs(Random random, boolean evaluable) {
    this.random = random;
    this.evaluable = evaluable;
  }

  /// A graph of about `size` nodes; the same for the same arguments.
  ///
  /// @param evaluable keep it to what can be run: static shapes, no exotic names
  public static Graph generate(long seed, int size, boolean evaluable) {
    return new RandomGraphs(new Random(seed), evaluable).graph(size);
  }

  private Graph graph(int size) {
    List<Value> inputs = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      Dim batch =
          evaluable || random.nextBoolean()
              ? Dim.of(2)
              : new Dim.Symbolic(
                  pick(List.of("N", "(H+1)/2", "batch size", "12", "1e5", "inf", "-a")));
      DataType type = pick(List.of(DataType.F32, DataType.F16, DataType.F64, DataType.BF16));
      Layout layout = random.nextInt(4) == 0 ? Layout.NHWC : Layout.ROW_MAJOR;
      Shape shape = new Shape(List.of(batch, Dim.of(4), Dim.of(6), Dim.of(5)));
      inputs.add(new Value("in" + i, new TensorType(type, shape, layout)));
    }
    values.addAll(inputs);
    while (nodes.size() < size) {
      add(operation(pick(values)));
    }
    List<Graph.Output> outputs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      outputs.add(new Graph.Output("out" + i, pick(values)));
    }
    return new Graph(pick(List.of("g", "main graph")), inputs, nodes, outputs);
  }

  private Value add(Op op) {
    TensorType type = op.resultType();
    if (type.shape().rank() == 4 && !(op instanceof Constant) && random.nextInt(3) == 0) {
      type = type.withLayout(pick(List.of(Layout.NHWC, new Layout(List.of(1, 0, 2, 3)))));
    }
    Value result = new Value(evaluable ? "v" : pick(NAMES), type);
    nodes.add(new Node(op, result, location()));
    values.add(result);
    return result;
  }

  private Location location() {
    List<Location.Origin> origins = new ArrayList<>();
    for (int i = 0; i < random.nextInt(3); i++) {
      origins.add(
          new Location.Origin(
              random.nextInt(100), pick(NAMES), pick(List.of("Conv", "com.x:Op", ""))));
    }
    return new Location(origins);
  }

  private Op operation(Value x) {
    Shape shape = x.shape();
    DataType type = x.type().elementType();
    boolean image =
        shape.rank() == 4
            && shape.dims().subList(1, 4).stream().allMatch(Dim::isKnown)
            && shape.extent(2) >= 3
            && shape.extent(3) >= 3
            && shape.extent(1) > 0;
    if (shape.rank() == 0 || !type.isFloat()) {
      return new Pointwise(List.of(x), new ScalarExpression.Convert(DataType.F32, operand(0)));
    }
    long axis = random.nextInt(shape.rank());
    return switch (random.nextInt(image ? 24 : 12)) {
      case 0 -> new Pointwise(List.of(x, x), body(type, 2, 3));
      case 1 -> new Pointwise(List.of(x, constant(type)), body(type, 2, 4));
      case 2 -> new Softmax(x, axis, random.nextBoolean());
      case 3 -> new CumulativeSum(x, axis, random.nextBoolean(), random.nextBoolean());
      case 4 ->
          new ArgReduce(
              pick(ArgReduce.Kind.values()), x, axis, random.nextBoolean(), random.nextBoolean());
      case 5 -> new Reduce(pick(Reduce.Kind.values()), x, List.of(axis), random.nextBoolean());
      case 6 -> new Relayout(x);
      case 7 -> new Concat(List.of(x, x), axis);
      case 8 -> {
        List<Long> order =
            new ArrayList<>(IntStream.range(0, shape.rank()).mapToObj(i -> (long) i).toList());
        Collections.shuffle(order, random);
        yield new Transpose(x, order);
      }
      case 9 -> {
        List<Long> zeros = Collections.nCopies(shape.rank(), 0L);
        yield new Pad(
            x,
            zeros,
            Collections.nCopies(shape.rank(), 1L),
            pick(Pad.Mode.values()),
            random.nextGaussian());
      }
      case 10 -> {
        Value indices = add(new Constant("indices", Tensor.ofLongs(List.of(2L), 0, -1)));
        yield new Gather(x, indices, axis);
      }
      case 11 -> new Reduce(Reduce.Kind.MEAN, x, List.of(axis), true);
      case 12, 13 -> convolution(x);
      case 14 ->
          new Pool(
              pick(Pool.Kind.values()),
              x,
              window(List.of(2L, 3L)),
              random.nextBoolean(),
              random.nextBoolean());
      case 15 -> new LocalResponseNormalization(x, 3, random.nextFloat(), 0.75, 1);
      case 16 -> {
        Value p = add(new Constant("p", random(type, shape.extent(1))));
        Value v = add(new Constant("v", ones(type, shape.extent(1))));
        yield new BatchNormalization(x, p, p, p, v, 1e-5);
      }
      case 17 -> {
        Shape larger = shape.with(2, shape.dim(2).times(2));
        Resize.Coordinates coordinates = pick(Resize.Coordinates.values());
        boolean crops = coordinates == Resize.Coordinates.TF_CROP_AND_RESIZE;
        yield new Resize(
            x,
            larger,
            List.of(1.0, 1.0, 2.0, 1.0),
            pick(Resize.Mode.values()),
            coordinates,
            pick(Resize.Nearest.values()),
            -0.75,
            random.nextBoolean(),
            random.nextBoolean(),
            crops ? List.of(0.0, 0.0, 0.25, 0.0, 1.0, 1.0, 1.5, 0.5) : List.of());
      }
      case 19 -> recurrence(type);
      case 20 -> new ArgPool(x, window(List.of(2L, 3L)), random.nextBoolean());
      case 21 -> scatter(x);
      case 22 -> {
        DataType wide = type == DataType.F64 ? type : DataType.F64;
        yield new Reduce(pick(Reduce.Kind.values()), x, List.of(axis), true, wide);
      }
      case 18 -> {
        long k = shape.extent(3);
        Value b = add(new Constant("m", random(type, k, 3)));
        yield new MatMul(x, b, epilogue(type, random.nextBoolean() ? constant(type) : null));
      }
      default -> {
        Value w = add(new Constant("t", random(type, shape.extent(1), 2, 2, 2)));
        yield new ConvolutionTranspose(
            x, w, Optional.empty(), window(List.of(2L, 2L)), List.of(0L, 0L), 1);
      }
    };
  }

  private Op scatter(Value x) {
    Shape shape = x.shape();
    Shape three =
        new Shape(List.of(shape.dim(0), shape.dim(1), Dim.of(shape.extent(2) * shape.extent(3))));
    Value rows = add(new Reshape(x, three));
    List<Long> ones = List.of(1L, 1L, 1L);
    Value updates = add(new Slice(rows, List.of(0L, 0L, 0L), three.with(1, Dim.of(1)), ones));
    Value at = add(new ArgReduce(ArgReduce.Kind.MINIMUM, updates, 1, true, false));
    return new Scatter(rows, at, updates, pick(Scatter.Combination.values()));
  }

  private Op recurrence(DataType type) {
    Recurrence.Kind kind = pick(Recurrence.Kind.values());
    long columns = kind.gates() * 3L;
    boolean lengths = random.nextBoolean();
    List<RecurrentActivation> activations = new ArrayList<>();
    for (int i = 0; i < kind.activations(); i++) {
      activations.add(
          new RecurrentActivation(
              pick(RecurrentActivation.Function.values()), random.nextFloat(), 0.5));
    }
    return new Recurrence(
        kind,
        add(new Constant("gates", random(type, 4, 2, columns))),
        add(new Constant("weight", random(type, 3, columns))),
        add(new Constant("bias", random(type, columns))),
        add(new Constant("initial", random(type, kind.states(), 2, 3))),
        kind == Recurrence.Kind.LSTM && random.nextBoolean()
            ? Optional.of(add(new Constant("peepholes", random(type, 9))))
            : Optional.empty(),
        lengths
            ? Optional.of(add(new Constant("lengths", Tensor.ofLongs(List.of(2L), 1, 4))))
            : Optional.empty(),
        activations,
        random.nextBoolean() ? 1.5 : Double.POSITIVE_INFINITY,
        kind == Recurrence.Kind.LSTM && random.nextBoolean(),
        random.nextBoolean());
  }

  private Op convolution(Value x) {
    DataType type = x.type().elementType();
    long channels = x.shape().extent(1);
    long groups = random.nextBoolean() ? channels : 1;
    Value w =
        add(new Constant("w" + nodes.size(), random(type, channels, channels / groups, 3, 2)));
    Optional<Value> bias =
        random.nextBoolean()
            ? Optional.of(add(new Constant("b" + nodes.size(), random(type, channels))))
            : Optional.empty();
    Epilogue epilogue =
        random.nextBoolean()
            ? Epilogue.NONE
            : epilogue(type, random.nextBoolean() ? constant(type) : null);
    return new Convolution(x, w, bias, window(List.of(3L, 2L)), groups, epilogue);
  }

  private Window window(List<Long> kernel) {
    return new Window(
        kernel,
        List.of(1L + random.nextInt(2), 1L),
        List.of(1L, 0L),
        List.of(0L, 1L),
        List.of(1L, 1L));
  }

  private Epilogue epilogue(DataType type, Value operand) {
    List<Value> operands = operand == null ? List.of() : List.of(operand);
    ScalarExpression body = body(type, 1 + operands.size(), 3);
    return new Epilogue(new ScalarExpression.Unary(UnaryFunction.RELU, body), operands);
  }

  private Value constant(DataType type) {
    return add(new Constant("c" + random.nextInt(3), random(type)));
  }

  private ScalarExpression operand(int index) {
    return new ScalarExpression.Operand(index);
  }

  /// An expression of one floating-point type.
  private ScalarExpression body(DataType type, int operands, int depth) {
    if (depth == 0) {
      return random.nextBoolean()
          ? operand(random.nextInt(operands))
          : ScalarExpression.Literal.real(
              type,
              pick(List.of(0.5, -1e-30, 3.0, 0.1, Double.NEGATIVE_INFINITY, Double.NaN, -0.0)));
    }
    ScalarExpression a = body(type, operands, depth - 1);
    ScalarExpression b = body(type, operands, depth - 1);
    return switch (random.nextInt(4)) {
      case 0 ->
          new ScalarExpression.Unary(
              pick(List.of(UnaryFunction.TANH, UnaryFunction.NEGATE, UnaryFunction.ERF)), a);
      case 1, 2 ->
          new ScalarExpression.Binary(
              pick(
                  List.of(
                      BinaryFunction.ADD,
                      BinaryFunction.SUBTRACT,
                      BinaryFunction.MULTIPLY,
                      BinaryFunction.DIVIDE,
                      BinaryFunction.MAXIMUM)),
              a,
              b);
      default ->
          new ScalarExpression.Select(
              new ScalarExpression.Unary(
                  UnaryFunction.NOT, new ScalarExpression.Binary(BinaryFunction.LESS, a, b)),
              new ScalarExpression.Convert(type, new ScalarExpression.Convert(DataType.I32, a)),
              b);
    };
  }

  private Tensor random(DataType type, long... extents) {
    Tensor tensor = Tensor.zeros(type, java.util.stream.LongStream.of(extents).boxed().toList());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  private static Tensor ones(DataType type, long extent) {
    Tensor tensor = Tensor.zeros(type, List.of(extent));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, 1);
    }
    return tensor;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private <T> T pick(T[] from) {
    return from[random.nextInt(from.length)];
  }
}
