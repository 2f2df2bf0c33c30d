package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Recurrence.Kind;
import dev.tuckerc.ir.RecurrentActivation;
import dev.tuckerc.ir.RecurrentActivation.Function;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Recurrent layers (RNN, GRU, LSTM): for each direction one matrix product of the inputs of all
/// steps, and a [Recurrence] over what it gives.
public final class RecurrentImporters {
  private RecurrentImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("RNN", n -> layer(n, Kind.RNN, List.of(Function.TANH)));
    registry.addAll(
        "GRU",
        n ->
            layer(
                n,
                n.attributes().flag("linear_before_reset", false) ? Kind.GRU_RESET_AFTER : Kind.GRU,
                List.of(Function.SIGMOID, Function.TANH)));
    registry.addAll(
        "LSTM", n -> layer(n, Kind.LSTM, List.of(Function.SIGMOID, Function.TANH, Function.TANH)));
  }

  private static List<Value> layer(OperatorContext node, Kind kind, List<Function> defaults) {
    boolean batchFirst = node.attributes().flag("layout", false);
    Value input = node.floatInput(0);
    Value weights = node.floatInput(1);
    if (input.shape().rank() != 3 || weights.shape().rank() != 3) {
      throw new IrException("input " + input.type() + " and weight " + weights.type());
    }
    UnaryOperator<Value> exchange = v -> batchFirst ? node.transpose(v, List.of(1L, 0L, 2L)) : v;
    input = exchange.apply(input);
    List<Boolean> reversed =
        switch (node.attributes().text("direction", "forward")) {
          case "forward" -> List.of(false);
          case "reverse" -> List.of(true);
          case "bidirectional" -> List.of(false, true);
          case String other -> throw new IrException("unknown direction '" + other + "'");
        };
    if (weights.shape().extent(0) != reversed.size()
        || weights.shape().extent(1) % kind.gates() != 0) {
      throw new IrException("weight " + weights.type() + " for " + reversed.size() + " directions");
    }
    List<RecurrentActivation> activations = activations(node, defaults, reversed.size());
    int states = kind.states();
    long steps = input.shape().extent(0);
    List<Value> sequences = new ArrayList<>();
    List<List<Value>> last = List.of(new ArrayList<>(), new ArrayList<>());
    for (int d = 0; d < reversed.size(); d++) {
      int own = kind.activations();
      Value all =
          direction(
              node, kind, input, d, activations.subList(d * own, (d + 1) * own), reversed.get(d));
      Dim batch = all.shape().dim(1);
      Dim hidden = all.shape().dim(2);
      sequences.add(
          node.reshape(
              node.slice(all, 0, 0, Dim.of(steps)), Dim.of(steps), Dim.of(1), batch, hidden));
      for (int s = 0; s < states; s++) {
        last.get(s).add(node.slice(all, 0, steps + s, Dim.of(1)));
      }
    }
    List<Value> results = new ArrayList<>();
    Value y = joined(node, sequences, 1);
    results.add(batchFirst ? node.transpose(y, List.of(2L, 0L, 1L, 3L)) : y);
    for (int s = 0; s < states; s++) {
      results.add(exchange.apply(joined(node, last.get(s), 0)));
    }
    return results;
  }

  private static Value joined(OperatorContext node, List<Value> parts, int axis) {
    return parts.size() == 1 ? parts.getFirst() : node.emit(new Concat(parts, axis));
  }

  /// The activations of all directions; the parameters are given for those that have any, in order.
  private static List<RecurrentActivation> activations(
      OperatorContext node, List<Function> defaults, int directions) {
    List<Function> functions =
        node.attributes()
            .texts("activations")
            .filter(names -> !names.isEmpty())
            .map(names -> names.stream().map(Function::parse).toList())
            .orElseGet(() ->
                Collections.nCopies(directions, defaults).stream().flatMap(List::stream).toList());
    if (functions.size() != directions * defaults.size()) {
      throw new IrException(
          functions.size() + " activations for " + directions * defaults.size() + " functions");
    }
    List<Float> alphas = node.attributes().reals("activation_alpha").orElse(List.of());
    List<Float> betas = node.attributes().reals("activation_beta").orElse(List.of());
    int nextAlpha = 0;
    int nextBeta = 0;
    List<RecurrentActivation> activations = new ArrayList<>();
    for (Function function : functions) {
      double alpha = function.defaultAlpha();
      double beta = function.defaultBeta();
      if (function.usesAlpha() && nextAlpha < alphas.size()) {
        alpha = alphas.get(nextAlpha++);
      }
      if (function.usesBeta() && nextBeta < betas.size()) {
        beta = betas.get(nextBeta++);
      }
      activations.add(new RecurrentActivation(function, alpha, beta));
    }
    return activations;
  }

  private static Value direction(
      OperatorContext node,
      Kind kind,
      Value input,
      int index,
      List<RecurrentActivation> activations,
      boolean reverse) {
    DataType type = input.type().elementType();
    Value recurrence = row(node, node.floatInput(2), index);
    long hidden = recurrence.shape().extent(1);
    long columns = kind.gates() * hidden;
    if (recurrence.shape().extent(0) != columns) {
      throw new IrException("recurrence weight " + node.input(2).type());
    }
    Optional<Value> biases = node.optional(3).map(b -> row(node, b, index));
    Value bias =
        biases
            .map(b -> node.slice(b, 0, columns, Dim.of(columns)))
            .orElseGet(() -> node.constant(Tensor.zeros(type, List.of(columns))));
    boolean lstm = kind == Kind.LSTM;
    return node.emit(
        new Recurrence(
            kind,
            gates(node, input, index, biases.map(b -> node.slice(b, 0, 0, Dim.of(columns)))),
            node.transposeLast(recurrence),
            bias,
            initial(node, kind, index, input.shape().dim(1), hidden, type),
            lstm ? node.optional(7).map(p -> row(node, p, index)) : Optional.empty(),
            node.optional(4),
            activations,
            node.attributes().has("clip")
                ? node.attributes().real("clip", 0)
                : Double.POSITIVE_INFINITY,
            lstm && node.attributes().flag("input_forget", false),
            reverse));
  }

  /// Entry `index` of axis 0.
  private static Value row(OperatorContext node, Value value, int index) {
    Shape shape = value.shape();
    return node.reshape(
        node.slice(value, 0, index, Dim.of(1)), new Shape(shape.dims().subList(1, shape.rank())));
  }

  /// `x * W^T + Wb` of every step, `[steps, batch, gates*hidden]`.
  private static Value gates(OperatorContext node, Value input, int index, Optional<Value> bias) {
    Value weight = node.transposeLast(row(node, node.input(1), index));
    Dim steps = input.shape().dim(0);
    Dim batch = input.shape().dim(1);
    Value flat = node.reshape(input, steps.times(batch), input.shape().dim(2));
    Value product = node.matMul(flat, weight);
    Value biased = bias.isPresent() ? ElementwiseImporters.sum(node, product, bias.get()) : product;
    return node.reshape(biased, steps, batch, weight.shape().dim(1));
  }

  /// The initial states one after the other, `[states, batch, hidden]`.
  private static Value initial(
      OperatorContext node, Kind kind, int index, Dim batch, long hidden, DataType type) {
    boolean batchFirst = node.attributes().flag("layout", false);
    List<Value> states = new ArrayList<>();
    for (int s = 0; s < kind.states(); s++) {
      Optional<Value> given = node.optional(5 + s);
      if (given.isEmpty()) {
        Shape shape = new Shape(List.of(Dim.of(1), batch, Dim.of(hidden)));
        states.add(node.filled(Tensor.scalar(type, 0), shape));
        continue;
      }
      Value all = batchFirst ? node.transpose(given.get(), List.of(1L, 0L, 2L)) : given.get();
      states.add(node.slice(all, 0, index, Dim.of(1)));
    }
    return joined(node, states, 0);
  }
}
