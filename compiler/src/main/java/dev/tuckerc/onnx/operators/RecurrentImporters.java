package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.less;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.maximum;
import static dev.tuckerc.onnx.model.Scalars.minimum;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Recurrent layers (RNN, GRU, LSTM), unrolled over a known and short sequence: the products with
/// the inputs are one matrix product for all steps, each step adds the product with its state.
public final class RecurrentImporters {
  /// Longer sequences would make thousands of kernels.
  private static final long MOST_STEPS = 64;

  private RecurrentImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("RNN", n -> layer(n, 1, new String[] {"Tanh"}, RecurrentImporters::rnnStep));
    registry.addAll(
        "GRU", n -> layer(n, 3, new String[] {"Sigmoid", "Tanh"}, RecurrentImporters::gruStep));
    registry.addAll(
        "LSTM",
        n -> layer(n, 4, new String[] {"Sigmoid", "Tanh", "Tanh"}, RecurrentImporters::lstmStep));
  }

  /// State of one direction: `H`, and for LSTM `C`.
  private record State(Value hidden, Value cell) {}

  /// Computes the next state from the input's part of the gates, `[batch, gates*hidden]`.
  @FunctionalInterface
  private interface Step {
    State next(Direction direction, Value input, State state);
  }

  /// What the steps of one direction share.
  ///
  /// @param recurrence `R` transposed, `[hidden, gates*hidden]`
  /// @param recurrentBias `Rb`, `[gates*hidden]`
  /// @param peepholes `P`, `[3*hidden]`
  private record Direction(
      OperatorContext node,
      long hidden,
      DataType type,
      Value recurrence,
      Optional<Value> recurrentBias,
      Optional<Value> peepholes,
      List<String> activations) {

    /// One gate's columns of `[batch, gates*hidden]`, or elements of `[gates*hidden]`.
    Value gate(Value gates, int index) {
      return node.slice(gates, gates.shape().rank() - 1, index * hidden, Dim.of(hidden));
    }

    Value matMul(Value state) {
      return node.matMul(state, recurrence);
    }

    /// An activation, after clipping its argument.
    ScalarExpression activate(int index, ScalarExpression argument) {
      ScalarExpression bounded = argument;
      if (node.attributes().has("clip")) {
        double bound = node.attributes().real("clip", 0);
        bounded = maximum(minimum(argument, literal(type, bound)), literal(type, -bound));
      }
      return switch (activations.get(index)) {
        case "sigmoid" -> unary(UnaryFunction.SIGMOID, bounded);
        case "tanh" -> unary(UnaryFunction.TANH, bounded);
        case "relu" -> unary(UnaryFunction.RELU, bounded);
        case "softplus" -> unary(UnaryFunction.SOFTPLUS, bounded);
        case String other -> throw OperatorContext.unsupported("activation '" + other + "'");
      };
    }
  }

  private static List<Value> layer(OperatorContext node, int gates, String[] defaults, Step step) {
    boolean batchFirst = node.attributes().flag("layout", false);
    Value input = node.floatInput(0);
    Value weights = node.floatInput(1);
    if (input.shape().rank() != 3 || weights.shape().rank() != 3) {
      throw new IrException("input " + input.type() + " and weight " + weights.type());
    }
    input = batchFirst ? node.transpose(input, List.of(1L, 0L, 2L)) : input;
    long steps = input.shape().extent(0);
    if (steps < 1 || steps > MOST_STEPS) {
      throw OperatorContext.unsupported(
          "a sequence of " + steps + " steps; 1 to " + MOST_STEPS + " are unrolled");
    }
    List<Boolean> reversed =
        switch (node.attributes().text("direction", "forward")) {
          case "forward" -> List.of(false);
          case "reverse" -> List.of(true);
          case "bidirectional" -> List.of(false, true);
          case String other -> throw new IrException("unknown direction '" + other + "'");
        };
    if (weights.shape().extent(0) != reversed.size() || weights.shape().extent(1) % gates != 0) {
      throw new IrException("weight " + weights.type() + " for " + reversed.size() + " directions");
    }
    if (reversed.contains(true) && node.optional(4).isPresent()) {
      throw OperatorContext.unsupported("sequence lengths in reverse direction");
    }
    List<List<Value>> outputs = new ArrayList<>();
    List<Value> hidden = new ArrayList<>();
    List<Value> cell = new ArrayList<>();
    for (int d = 0; d < reversed.size(); d++) {
      Direction direction = direction(node, d, gates, defaults);
      List<Value> parts = inputParts(direction, input, d);
      State state = initial(direction, d, input.shape().dim(1), batchFirst);
      List<Value> results = new ArrayList<>();
      for (int t = 0; t < steps; t++) {
        int at = reversed.get(d) ? (int) steps - 1 - t : t;
        State next = step.next(direction, parts.get(at), state);
        results.add(masked(node, at, next.hidden(), Optional.empty()));
        state =
            new State(
                masked(node, at, next.hidden(), Optional.of(state.hidden())),
                masked(node, at, next.cell(), Optional.of(state.cell())));
      }
      outputs.add(reversed.get(d) ? results.reversed() : results);
      hidden.add(state.hidden());
      cell.add(state.cell());
    }
    return List.of(
        sequence(node, outputs, batchFirst),
        last(node, hidden, batchFirst),
        last(node, cell, batchFirst));
  }

  private static Direction direction(
      OperatorContext node, int index, int gates, String[] defaults) {
    Value recurrence = row(node, node.floatInput(2), index);
    long hidden = recurrence.shape().extent(1);
    if (recurrence.shape().extent(0) != gates * hidden) {
      throw new IrException("recurrence weight " + node.input(2).type());
    }
    Optional<Value> bias =
        node.optional(3)
            .map(b -> node.slice(row(node, b, index), 0, gates * hidden, Dim.of(gates * hidden)));
    return new Direction(
        node,
        hidden,
        recurrence.type().elementType(),
        node.transposeLast(recurrence),
        bias,
        node.optional(7).map(p -> row(node, p, index)),
        node
            .attributes()
            .texts("activations")
            .filter(l -> !l.isEmpty())
            .orElse(List.of(defaults))
            .stream()
            .skip((long) index * defaults.length)
            .limit(defaults.length)
            .map(name -> name.toLowerCase(java.util.Locale.ROOT))
            .toList());
  }

  /// Entry `index` of axis 0.
  private static Value row(OperatorContext node, Value value, int index) {
    Shape shape = value.shape();
    return node.reshape(
        node.slice(value, 0, index, Dim.of(1)), new Shape(shape.dims().subList(1, shape.rank())));
  }

  /// `x * W^T + Wb` of every step, `[batch, gates*hidden]` each.
  private static List<Value> inputParts(Direction direction, Value input, int index) {
    OperatorContext node = direction.node();
    Value weight = node.transposeLast(row(node, node.input(1), index));
    Dim steps = input.shape().dim(0);
    Dim batch = input.shape().dim(1);
    Value flat = node.reshape(input, steps.times(batch), input.shape().dim(2));
    Value product = node.matMul(flat, weight);
    Dim columns = weight.shape().dim(1);
    if (node.optional(3).isPresent()) {
      Value bias = node.slice(row(node, node.input(3), index), 0, 0, columns);
      product = ElementwiseImporters.sum(node, product, bias);
    }
    Value all = node.reshape(product, steps, batch, columns);
    List<Value> parts = new ArrayList<>();
    for (int t = 0; t < steps.extent(); t++) {
      parts.add(row(node, all, t));
    }
    return parts;
  }

  private static State initial(Direction direction, int index, Dim batch, boolean batchFirst) {
    List<Value> states = new ArrayList<>();
    OperatorContext node = direction.node();
    for (int input = 5; input <= 6; input++) {
      Optional<Value> given = node.optional(input);
      if (given.isEmpty()) {
        Shape shape = new Shape(List.of(batch, Dim.of(direction.hidden())));
        states.add(node.filled(Tensor.scalar(direction.type(), 0), shape));
        continue;
      }
      Value state = given.get();
      state = batchFirst ? node.transpose(state, List.of(1L, 0L, 2L)) : state;
      states.add(row(node, state, index));
    }
    return new State(states.get(0), states.get(1));
  }

  /// After a sequence's end its output is 0 and its state stays.
  private static Value masked(
      OperatorContext node, int step, Value value, Optional<Value> otherwise) {
    if (node.optional(4).isEmpty()) {
      return value;
    }
    Value lengths = node.input(4);
    Value column = node.reshape(lengths, lengths.shape().dim(0), Dim.of(1));
    ScalarExpression runs = less(literal(lengths.type().elementType(), step), x(0));
    return otherwise.isEmpty()
        ? node.pointwise(select(runs, x(1), literal(value.type().elementType(), 0)), column, value)
        : node.pointwise(select(runs, x(1), x(2)), column, value, otherwise.get());
  }

  /// Gates before their activation, where input and state enter alike.
  private static Value gates(Direction direction, Value input, Value hidden) {
    OperatorContext node = direction.node();
    Value product = direction.matMul(hidden);
    return direction.recurrentBias().isEmpty()
        ? ElementwiseImporters.sum(node, input, product)
        : node.pointwise(
            add(add(x(0), x(1)), x(2)), input, product, direction.recurrentBias().get());
  }

  /// `H = f(x*W^T + H*R^T + b)`
  private static State rnnStep(Direction direction, Value input, State state) {
    Value gates = gates(direction, input, state.hidden());
    return new State(direction.node().pointwise(direction.activate(0, x(0)), gates), state.cell());
  }

  /// `z, r = f(...)`, `h = g(...)`, `H = (1 - z)*h + z*H`; gates in the order z, r, h.
  private static State gruStep(Direction direction, Value input, State state) {
    OperatorContext node = direction.node();
    Value hidden = state.hidden();
    Value both = gates(direction, input, hidden);
    ScalarExpression candidate;
    List<Value> operands =
        new ArrayList<>(List.of(direction.gate(both, 0), hidden, direction.gate(input, 2)));
    if (node.attributes().flag("linear_before_reset", false)) {
      Value linear = node.matMul(hidden, direction.gate(direction.recurrence(), 2));
      if (direction.recurrentBias().isPresent()) {
        Value bias = direction.gate(direction.recurrentBias().get(), 2);
        linear = ElementwiseImporters.sum(node, linear, bias);
      }
      operands.add(direction.gate(both, 1));
      operands.add(linear);
      candidate = add(x(2), multiply(direction.activate(0, x(3)), x(4)));
    } else {
      Value reset =
          node.pointwise(
              multiply(direction.activate(0, x(0)), x(1)), direction.gate(both, 1), hidden);
      Value product = node.matMul(reset, direction.gate(direction.recurrence(), 2));
      if (direction.recurrentBias().isPresent()) {
        Value bias = direction.gate(direction.recurrentBias().get(), 2);
        product = ElementwiseImporters.sum(node, product, bias);
      }
      operands.add(product);
      candidate = add(x(2), x(3));
    }
    ScalarExpression update = direction.activate(0, x(0));
    ScalarExpression fresh =
        multiply(subtract(literal(direction.type(), 1), update), direction.activate(1, candidate));
    Value next = node.pointwise(add(fresh, multiply(update, x(1))), operands.toArray(Value[]::new));
    return new State(next, state.cell());
  }

  /// `C = f*C + i*c`, `H = o*h(C)`; gates in the order i, o, f, c, peepholes i, o, f.
  private static State lstmStep(Direction direction, Value input, State state) {
    OperatorContext node = direction.node();
    Value gates = gates(direction, input, state.hidden());
    List<Value> operands =
        new ArrayList<>(
            List.of(
                direction.gate(gates, 0),
                direction.gate(gates, 2),
                direction.gate(gates, 3),
                state.cell()));
    ScalarExpression inputGate = x(0);
    ScalarExpression forgetGate = x(1);
    ScalarExpression outputGate = x(0);
    List<Value> outputOperands = new ArrayList<>(List.of(direction.gate(gates, 1)));
    if (direction.peepholes().isPresent()) {
      Value peepholes = direction.peepholes().get();
      operands.add(direction.gate(peepholes, 0));
      operands.add(direction.gate(peepholes, 2));
      inputGate = add(inputGate, multiply(x(4), x(3)));
      forgetGate = add(forgetGate, multiply(x(5), x(3)));
    }
    inputGate = direction.activate(0, inputGate);
    forgetGate =
        node.attributes().flag("input_forget", false)
            ? subtract(literal(direction.type(), 1), inputGate)
            : direction.activate(0, forgetGate);
    Value cell =
        node.pointwise(
            add(multiply(forgetGate, x(3)), multiply(inputGate, direction.activate(1, x(2)))),
            operands.toArray(Value[]::new));
    outputOperands.add(cell);
    if (direction.peepholes().isPresent()) {
      outputOperands.add(direction.gate(direction.peepholes().get(), 1));
      outputGate = add(outputGate, multiply(x(2), x(1)));
    }
    ScalarExpression result =
        multiply(direction.activate(0, outputGate), unclipped(direction, x(1)));
    return new State(node.pointwise(result, outputOperands.toArray(Value[]::new)), cell);
  }

  /// The cell's activation; clipping is for the gates.
  private static ScalarExpression unclipped(Direction direction, ScalarExpression cell) {
    return direction.activations().get(2).equals("tanh")
        ? unary(UnaryFunction.TANH, cell)
        : direction.activate(2, cell);
  }

  /// `Y`: `[steps, directions, batch, hidden]`, or `[batch, steps, directions, hidden]`.
  private static Value sequence(
      OperatorContext node, List<List<Value>> outputs, boolean batchFirst) {
    List<Value> all = new ArrayList<>();
    for (List<Value> direction : outputs) {
      List<Value> steps = new ArrayList<>();
      for (Value step : direction) {
        steps.add(
            node.reshape(step, Dim.of(1), Dim.of(1), step.shape().dim(0), step.shape().dim(1)));
      }
      all.add(steps.size() == 1 ? steps.getFirst() : node.emit(new Concat(steps, 0)));
    }
    Value y = all.size() == 1 ? all.getFirst() : node.emit(new Concat(all, 1));
    return batchFirst ? node.transpose(y, List.of(2L, 0L, 1L, 3L)) : y;
  }

  /// The last state: `[directions, batch, hidden]`, or `[batch, directions, hidden]`.
  private static Value last(OperatorContext node, List<Value> states, boolean batchFirst) {
    List<Value> all = new ArrayList<>();
    for (Value state : states) {
      all.add(node.reshape(state, Dim.of(1), state.shape().dim(0), state.shape().dim(1)));
    }
    Value result = all.size() == 1 ? all.getFirst() : node.emit(new Concat(all, 0));
    return batchFirst ? node.transpose(result, List.of(1L, 0L, 2L)) : result;
  }
}
