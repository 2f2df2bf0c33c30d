package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.onnx.model.Scalars;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Control flow.
public final class ControlImporters {
  private ControlImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("If", ControlImporters::conditional);
    registry.addAll("Loop", ControlImporters::loop);
    registry.add("Scan", 9, Long.MAX_VALUE, ControlImporters::scan);
  }

  /// More iterations than this are not written out one after the other.
  private static final long MOST_ITERATIONS = 1024;

  /// A loop whose trip count is known, written out. A condition that is only known at run time
  /// keeps the carried values of the iteration before it failed.
  private static List<Value> loop(OperatorContext node) {
    long trips =
        node.optional(0).isPresent()
            ? node.integers(0, "the trip count").getFirst()
            : Long.MAX_VALUE;
    int carried = node.inputCount() - 2;
    List<Value> state = new ArrayList<>();
    for (int i = 0; i < carried; i++) {
      state.add(node.input(i + 2));
    }
    Value condition = node.optional(1).isPresent() ? node.input(1) : node.scalar(DataType.BOOL, 1);
    List<List<Value>> scanned = new ArrayList<>();
    long iteration = 0;
    for (; iteration < trips; iteration++) {
      Optional<Boolean> runs = truth(node, condition);
      if (runs.isPresent() && !runs.get()) {
        break;
      }
      if (iteration >= MOST_ITERATIONS || trips == Long.MAX_VALUE && runs.isEmpty()) {
        throw OperatorContext.unsupported(
            "its trip count is not known when the model is compiled, or beyond " + MOST_ITERATIONS);
      }
      List<Value> arguments = new ArrayList<>();
      arguments.add(node.constant(Tensor.ofLongs(List.of(), iteration)));
      arguments.add(condition);
      arguments.addAll(state);
      List<Value> results = node.subgraph("body", arguments.toArray(Value[]::new));
      List<Value> next = results.subList(1, 1 + carried);
      Value goesOn = results.getFirst();
      if (runs.isEmpty()) {
        if (results.size() > 1 + carried) {
          throw OperatorContext.unsupported(
              "what it collects has an extent that is known at run time only");
        }
        Value was = node.reshape(condition, Shape.of());
        goesOn =
            node.pointwise(
                Scalars.binary(BinaryFunction.AND, x(0), x(1)),
                was,
                node.reshape(goesOn, Shape.of()));
        next = selected(node, was, next, state);
      }
      state = new ArrayList<>(next);
      scanned.add(results.subList(1 + carried, results.size()));
      condition = goesOn;
    }
    List<Value> results = new ArrayList<>(state);
    int collected = node.outputCount() - carried;
    if (collected > 0 && scanned.isEmpty()) {
      throw OperatorContext.unsupported("it collects the results of no iteration");
    }
    for (int i = 0; i < collected; i++) {
      int which = i;
      results.add(stacked(node, scanned.stream().map(s -> s.get(which)).toList(), 0, false));
    }
    return results;
  }

  private static Optional<Boolean> truth(OperatorContext node, Value condition) {
    return node.contentsIfKnown(condition)
        .filter(c -> c.isKnown() && c.elements().size() == 1)
        .map(c -> OperatorContext.integer(c.elements().getFirst(), "condition") != 0);
  }

  /// Values where a condition holds, others where it does not.
  private static List<Value> selected(
      OperatorContext node, Value condition, List<Value> yes, List<Value> no) {
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < yes.size(); i++) {
      if (!yes.get(i).type().sameLogicalType(no.get(i).type())) {
        throw OperatorContext.unsupported(
            "a value is "
                + yes.get(i).type()
                + " or "
                + no.get(i).type()
                + " by a condition that"
                + " is known at run time only");
      }
      results.add(node.pointwise(select(x(0), x(1), x(2)), condition, yes.get(i), no.get(i)));
    }
    return results;
  }

  /// Values of one shape along a new axis.
  private static Value stacked(
      OperatorContext node, List<Value> parts, int axis, boolean reversed) {
    List<Value> rows = new ArrayList<>();
    for (Value part : reversed ? parts.reversed() : parts) {
      List<Dim> dims = new ArrayList<>(part.shape().dims());
      dims.add(axis, Dim.of(1));
      rows.add(node.reshape(part, new Shape(dims)));
    }
    return rows.size() == 1 ? rows.getFirst() : node.emit(new Concat(rows, axis));
  }

  /// A scan, written out: its trip count is the extent of the axis it goes along.
  private static List<Value> scan(OperatorContext node) {
    int scans =
        Math.toIntExact(
            node.attributes()
                .integer("num_scan_inputs")
                .orElseThrow(() -> new IrException("attribute 'num_scan_inputs' is missing")));
    int carried = node.inputCount() - scans;
    if (scans < 1 || carried < 0) {
      throw new IrException(scans + " scanned inputs of " + node.inputCount());
    }
    List<Value> state = new ArrayList<>(node.inputs().subList(0, carried));
    int collected = node.outputCount() - carried;
    List<Long> inputAxes = list(node, "scan_input_axes", scans);
    List<Long> inputDirections = list(node, "scan_input_directions", scans);
    List<Long> outputAxes = list(node, "scan_output_axes", collected);
    List<Long> outputDirections = list(node, "scan_output_directions", collected);
    Value first = node.input(carried);
    long trips = first.shape().extent(first.shape().normalizeAxis(inputAxes.getFirst()));
    if (trips < 1 || trips > MOST_ITERATIONS) {
      throw OperatorContext.unsupported(
          "a scan of " + trips + " steps; 1 to " + MOST_ITERATIONS + " are written out");
    }
    List<List<Value>> scanned = new ArrayList<>();
    for (long step = 0; step < trips; step++) {
      List<Value> arguments = new ArrayList<>(state);
      for (int i = 0; i < scans; i++) {
        Value input = node.input(carried + i);
        int axis = input.shape().normalizeAxis(inputAxes.get(i));
        long at = inputDirections.get(i) == 0 ? step : trips - 1 - step;
        List<Dim> dims = new ArrayList<>(input.shape().dims());
        dims.remove(axis);
        arguments.add(node.reshape(node.slice(input, axis, at, Dim.of(1)), new Shape(dims)));
      }
      List<Value> results = node.subgraph("body", arguments.toArray(Value[]::new));
      state = new ArrayList<>(results.subList(0, carried));
      scanned.add(results.subList(carried, results.size()));
    }
    List<Value> results = new ArrayList<>(state);
    for (int i = 0; i < collected; i++) {
      int which = i;
      List<Value> parts = scanned.stream().map(s -> s.get(which)).toList();
      int rank = parts.getFirst().shape().rank() + 1;
      long axis = outputAxes.get(i) < 0 ? outputAxes.get(i) + rank : outputAxes.get(i);
      results.add(stacked(node, parts, Math.toIntExact(axis), outputDirections.get(i) != 0));
    }
    return results;
  }

  private static List<Long> list(OperatorContext node, String name, int size) {
    List<Long> values = node.attributes().integers(name).orElse(Collections.nCopies(size, 0L));
    if (values.size() != size) {
      throw new IrException("attribute '" + name + "' is " + values);
    }
    return values;
  }

  /// A known condition picks its branch. Otherwise both are computed and the results selected,
  /// which is the same because no operator has side effects.
  private static List<Value> conditional(OperatorContext node) {
    Value condition = node.input(0);
    if (condition.type().elementType() != DataType.BOOL) {
      throw new IrException("the condition is " + condition.type() + ", expected a bool");
    }
    Optional<Contents> known = node.contentsIfKnown(condition).filter(c -> c.isKnown());
    if (known.isPresent() && known.get().elements().size() == 1) {
      long value = OperatorContext.integer(known.get().elements().getFirst(), "condition");
      return node.subgraph(value != 0 ? "then_branch" : "else_branch");
    }
    List<Value> yes = node.subgraph("then_branch");
    List<Value> no = node.subgraph("else_branch");
    Value scalar = node.reshape(condition, Shape.of());
    if (yes.size() != no.size()) {
      throw new IrException("its branches have " + yes.size() + " and " + no.size() + " results");
    }
    return selected(node, scalar, yes, no);
  }
}
