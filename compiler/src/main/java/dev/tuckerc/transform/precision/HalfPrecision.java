package dev.tuckerc.transform.precision;

import static dev.tuckerc.tensor.DataType.F16;
import static dev.tuckerc.tensor.DataType.F32;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.RoundedToHalf;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Rewrites one graph from F32 to F16.
///
/// Every F32 value of the source has up to two counterparts, made when first needed: the one in its
/// own type, for inputs and constants, and the one in F16.
final class HalfPrecision {
  private final Graph source;
  private final PassContext context;
  private final SinglePrecisionValues values;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Node> constants = new HashMap<>();
  private final Map<Value, Value> single = new HashMap<>();
  private final Map<Value, Value> half = new HashMap<>();

  HalfPrecision(Graph source, PassContext context) {
    this.source = source;
    this.context = context;
    this.values = new SinglePrecisionValues(source, context);
  }

  Graph run() {
    source.inputs().forEach(input -> single.put(input, input));
    source.nodes().forEach(this::lower);
    List<Graph.Output> outputs = new ArrayList<>();
    for (Graph.Output output : source.outputs()) {
      outputs.add(new Graph.Output(output.name(), inOwnType(output.value())));
    }
    return new Graph(source.name(), source.inputs(), nodes, outputs);
  }

  private void lower(Node node) {
    if (node.op() instanceof Constant) {
      constants.put(node.result(), node);
      return;
    }
    boolean stays = values.contains(node.result());
    Op op =
        switch (node.op()) {
          case Pointwise p -> pointwise(p, stays);
          case Reduce r -> reduce(r, stays);
          case Convolution _, ConvolutionTranspose _, MatMul _ ->
              stays ? inOwnTypes(node.op()) : product(node);
          case BatchNormalization n -> {
            List<Value> operands = new ArrayList<>(List.of(inHalf(n.input(), node)));
            n.operands().subList(1, 5).forEach(parameter -> operands.add(parameter(parameter)));
            yield n.withOperands(operands);
          }
          // A result of another type is computed from what is there.
          default ->
              !isSingle(node.result())
                  ? node.op()
                      .withOperands(node.op().operands().stream().map(this::parameter).toList())
                  : stays
                      ? inOwnTypes(node.op())
                      : node.op()
                          .withOperands(
                              node.op().operands().stream().map(v -> inHalf(v, node)).toList());
        };
    TensorType type = op.resultType().withLayout(node.result().type().layout());
    Value result = new Value(node.result().name(), type);
    nodes.add(new Node(op, result, node.location()));
    boolean lowered = isSingle(node.result()) && type.elementType() == F16;
    (lowered ? half : single).put(node.result(), result);
  }

  private Op inOwnTypes(Op op) {
    return op.withOperands(op.operands().stream().map(this::inOwnType).toList());
  }

  /// A convolution or matrix product on F16.
  private Op product(Node node) {
    return switch (node.op()) {
      case Convolution c ->
          new Convolution(
              inHalf(c.input(), node),
              inHalf(c.weight(), node),
              c.bias().map(this::parameter),
              c.window(),
              c.groups(),
              epilogue(c.epilogue(), c.input()));
      case ConvolutionTranspose c ->
          new ConvolutionTranspose(
              inHalf(c.input(), node),
              inHalf(c.weight(), node),
              c.bias().map(this::parameter),
              c.window(),
              c.outputPadding(),
              c.groups());
      case MatMul m ->
          new MatMul(inHalf(m.a(), node), inHalf(m.b(), node), epilogue(m.epilogue(), m.a()));
      case Op other -> throw new IllegalArgumentException(other.name());
    };
  }

  /// A sum that stays F32 reads its elements as they are.
  private Reduce reduce(Reduce op, boolean stays) {
    if (!isSingle(op.input()) || op.element() != F32) {
      return (Reduce) inOwnTypes(op);
    }
    Value input = parameter(op.input());
    DataType element = stays || isSingle(input) ? F32 : F16;
    return new Reduce(op.kind(), input, op.axes(), op.keepDims(), element);
  }

  /// A pointwise operation on F32 stays one inside; what it reads and stores is F16 unless that
  /// stays F32.
  private Pointwise pointwise(Pointwise op, boolean stays) {
    List<Value> operands = op.operands().stream().map(this::parameter).toList();
    ScalarExpression body = inSingle(op.body(), op.operands(), operands);
    DataType type = op.resultType().elementType();
    return new Pointwise(operands, type == F32 && !stays ? new Convert(F16, body) : body);
  }

  private Epilogue epilogue(Epilogue epilogue, Value input) {
    if (epilogue.isIdentity() || !isSingle(input)) {
      return epilogue;
    }
    List<Value> before = new ArrayList<>(List.of(input));
    List<Value> after = new ArrayList<>(List.of(Objects.requireNonNull(half.get(input))));
    for (Value operand : epilogue.operands()) {
      before.add(operand);
      after.add(parameter(operand));
    }
    ScalarExpression body = inSingle(epilogue.body(), before, after);
    List<DataType> types = before.stream().map(v -> v.type().elementType()).toList();
    boolean lowered = epilogue.body().type(types) == F32;
    return new Epilogue(lowered ? new Convert(F16, body) : body, after.subList(1, after.size()));
  }

  /// The body with every operand that became F16 converted back.
  private static ScalarExpression inSingle(
      ScalarExpression body, List<Value> before, List<Value> after) {
    return body.substitute(i ->
        isSingle(before.get(i)) && !isSingle(after.get(i))
            ? new Convert(F32, new Operand(i))
            : new Operand(i));
  }

  private static boolean isSingle(Value value) {
    return value.type().elementType() == F32;
  }

  /// An operand of scalar work: a constant as it is, any other F32 value as it is at hand.
  private Value parameter(Value value) {
    if (constants.containsKey(value)) {
      return inOwnType(value);
    }
    Value lowered = half.get(value);
    return lowered != null ? lowered : Objects.requireNonNull(single.get(value));
  }

  /// The operand in F16 when it is F32, else as it is.
  private Value inHalf(Value value, Node user) {
    if (!isSingle(value)) {
      return inOwnType(value);
    }
    Value known = half.get(value);
    if (known != null) {
      return known;
    }
    Node constant = constants.get(value);
    Value made =
        constant != null
            ? halfConstant(constant, user)
            : convert(Objects.requireNonNull(single.get(value)), F16, value.name() + "_f16");
    half.put(value, made);
    return made;
  }

  /// The value in the type it has in the source graph.
  private Value inOwnType(Value value) {
    Value known = single.get(value);
    if (known != null) {
      return known;
    }
    Node constant = constants.get(value);
    Value made;
    if (constant != null) {
      nodes.add(constant);
      made = value;
    } else {
      made = convert(Objects.requireNonNull(half.get(value)), F32, value.name() + "_f32");
    }
    single.put(value, made);
    return made;
  }

  private Value convert(Value value, DataType type, String name) {
    Pointwise op = new Pointwise(List.of(value), new Convert(type, new Operand(0)));
    nodes.add(new Node(op, new Value(name, op.resultType()), locationOf(value)));
    return nodes.getLast().result();
  }

  private Location locationOf(Value value) {
    return nodes.stream()
        .filter(node -> node.result() == value)
        .map(Node::location)
        .findFirst()
        .orElse(Location.NONE);
  }

  private Value halfConstant(Node node, Node user) {
    Constant constant = (Constant) node.op();
    RoundedToHalf rounded = RoundedToHalf.of(constant.tensor());
    if (rounded.lostToZero() > 0) {
      String message =
          "%d of %d elements of constant '%s' are too small for half precision and become 0"
              .formatted(rounded.lostToZero(), rounded.tensor().size(), constant.label());
      context.remark(Remark.Kind.NOTE, "precision", user.location(), message);
    }
    Constant converted = new Constant(constant.label() + ".f16", rounded.tensor());
    nodes.add(Node.of(converted, node.result().name() + "_f16", node.location()));
    return nodes.getLast().result();
  }
}
