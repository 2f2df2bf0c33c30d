package dev.tuckerc.onnx.content;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The nodes of a graph under construction, and what their values hold where that is known.
///
/// A small operation on constants is evaluated at once and becomes a constant, so that operands
/// needed at compile time can be computed by the model itself.
public final class FoldingGraphBuilder {
  /// A tensor's elements are counted by an `int`.
  private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

  private static final int LONGEST_EXPRESSION = 200;

  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Contents> contents = new IdentityHashMap<>();
  private final Map<Value, Tensor> tensors = new IdentityHashMap<>();
  private final Set<String> labels = new HashSet<>();
  private final Set<String> specialized = new TreeSet<>();
  private Location location = Location.NONE;
  private String resultName = "";

  /// Sets what the nodes emitted from now on stand for, and their results' name.
  public void enter(Location newLocation, String newResultName) {
    location = newLocation;
    resultName = newResultName;
  }

  /// All nodes so far, those without use included.
  public List<Node> nodes() {
    return nodes;
  }

  /// Inputs whose given contents were used.
  public Set<String> specialized() {
    return specialized;
  }

  /// Adds an operation; its result is a constant when it can be evaluated at once.
  public Value emit(Op op) {
    Node node = Node.of(op, resultName, location);
    check(node.result().shape());
    Optional<Contents> known = evaluate(op);
    if (known.isPresent() && known.get().isKnown() && known.get().assumed().isEmpty()) {
      return constant(resultName, known.get().toTensor());
    }
    nodes.add(node);
    known.ifPresent(c -> contents.put(node.result(), c));
    return node.result();
  }

  /// Adds constant data.
  ///
  /// @param label made unique by a number
  public Value constant(String label, Tensor tensor) {
    String base = label.isEmpty() ? "constant" : label;
    String unique = base;
    for (int i = 1; !labels.add(unique); i++) {
      unique = base + "_" + (labels.size() + i);
    }
    Node node = Node.of(new Constant(unique, tensor), unique, location);
    nodes.add(node);
    tensors.put(node.result(), tensor);
    return node.result();
  }

  /// A constant with every element equal, however large.
  public Value filled(Tensor scalar, Shape shape) {
    check(shape);
    Value value = constant(resultName, scalar.reshape(List.of()));
    return shape.rank() == 0 ? value : emit(new Broadcast(value, shape));
  }

  /// A value that no node defines, only its contents are known: it serves compile-time operands.
  public Value compileTimeOnly(Contents known) {
    if (known.isKnown() && known.assumed().isEmpty()) {
      return constant(resultName, known.toTensor());
    }
    Value value = new Value(resultName, TensorType.of(known.type(), Shape.of(known.shape())));
    contents.put(value, known);
    return value;
  }

  /// Records what a value is assumed to hold.
  public void assume(Value value, Contents assumed) {
    contents.put(value, assumed);
  }

  /// The data of a constant.
  public Optional<Tensor> tensor(Value value) {
    return Optional.ofNullable(tensors.get(value));
  }

  /// What a value holds, without depending on it yet.
  Optional<Contents> contents(Value value) {
    Contents known = contents.get(value);
    if (known == null) {
      Tensor tensor = tensors.get(value);
      if (tensor != null && tensor.size() <= Contents.LIMIT) {
        known = Contents.of(tensor, Set.of());
        contents.put(value, known);
      }
    }
    return Optional.ofNullable(known);
  }

  /// What a value holds, for use at compile time: the graph is specialised to it.
  public Optional<Contents> use(Value value) {
    Optional<Contents> known = contents(value);
    known.ifPresent(c -> specialized.addAll(c.assumed()));
    return known;
  }

  private Optional<Contents> evaluate(Op op) {
    List<Contents> operands = new ArrayList<>();
    for (Value operand : op.operands()) {
      Optional<Contents> known = contents(operand);
      if (known.isEmpty()) {
        return Optional.empty();
      }
      operands.add(known.get());
    }
    return ContentsEvaluator.evaluate(op, operands);
  }

  /// Refuses shapes that could not be a tensor, before anything is made of them.
  public static void check(Shape shape) {
    long count = 1;
    for (Dim dim : shape.dims()) {
      switch (dim) {
        case Dim.Known(long extent) -> {
          if (extent != 0 && count > MOST_ELEMENTS / extent) {
            throw new OnnxException(
                Code.ONNX014, "shape " + shape + " has more than 2^31-1 elements");
          }
          count *= extent;
        }
        case Dim.Symbolic(String expression) -> {
          if (expression.length() > LONGEST_EXPRESSION) {
            throw new OnnxException(
                Code.ONNX014, "a symbolic extent is too complex; bind it with --shape");
          }
        }
      }
    }
  }
}
