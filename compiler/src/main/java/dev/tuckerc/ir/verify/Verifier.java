package dev.tuckerc.ir.verify;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks what the constructors of operations and nodes cannot see: the graph as a whole, and what
/// ties an operation's parts together.
///
/// Every value is defined once, before its uses; inputs and outputs are defined and named apart;
/// declared types are the derived ones and layouts fit; epilogues and pointwise bodies are typed
/// and use only operands they have, and only functions defined on their types; element types of
/// operands agree; constants of one label are one constant.
public final class Verifier {
  private final Graph graph;
  private final Set<Value> defined = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<String, Tensor> constants = new HashMap<>();

  private Verifier(Graph graph) {
    this.graph = graph;
  }

  /// Checks a graph.
  ///
  /// @return the same graph
  /// @throws IrException naming the first node that is wrong, and how
  public static Graph verify(Graph graph) {
    new Verifier(graph).run();
    return graph;
  }

  private void run() {
    Set<String> names = new HashSet<>();
    for (Value input : graph.inputs()) {
      if (!names.add(input.name())) {
        throw failure("two inputs are named '" + input.name() + "'");
      }
      if (!defined.add(input)) {
        throw failure("input " + input + " is listed twice");
      }
      checkLayout(input.type(), "input '" + input.name() + "'");
    }
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      try {
        check(node);
      } catch (IrException e) {
        IrException located =
            failure("node " + index + ", " + describe(node) + ": " + e.getMessage());
        located.initCause(e);
        throw located;
      }
    }
    Set<String> outputs = new HashSet<>();
    for (Graph.Output output : graph.outputs()) {
      if (!outputs.add(output.name())) {
        throw failure("two outputs are named '" + output.name() + "'");
      }
      if (!defined.contains(output.value())) {
        throw failure(
            "output '" + output.name() + "' is " + output.value() + ", which no node defines");
      }
    }
  }

  private void check(Node node) {
    Op op = node.op();
    for (Value operand : op.operands()) {
      if (!defined.contains(operand)) {
        throw new IrException("uses " + operand + ", which is not defined before it");
      }
    }
    List<TensorType> derived = op.resultTypes();
    for (int i = 0; i < derived.size(); i++) {
      Value result = node.results().get(i);
      if (!defined.add(result)) {
        throw new IrException(result + " is defined a second time");
      }
      if (!derived.get(i).sameLogicalType(result.type())) {
        throw new IrException(
            "result is declared " + result.type() + " but derived as " + derived.get(i));
      }
      checkLayout(result.type(), "the result");
    }
    if (op instanceof Region region) {
      checkRegion(region, node.results());
    }
    if (op instanceof Constant(String label, Tensor tensor)) {
      checkConstant(label, tensor, node.result().type());
    }
    if (op instanceof ConvolutionTranspose transpose) {
      checkTransposed(transpose);
    }
    // Rebuilding from the printed parts finds operands and attributes that do not survive it.
    Op rebuilt = op.withOperands(op.operands());
    if (!rebuilt.equals(op)) {
      throw new IrException(
          "is not what its operands and attributes say: " + op.attributes().values());
    }
    OperandChecks.check(op);
  }

  private static void checkLayout(TensorType type, String what) {
    if (!type.layout().isRowMajor() && type.layout().order().size() != type.shape().rank()) {
      throw new IrException(what + " has layout " + type.layout() + " but type " + type);
    }
  }

  private void checkConstant(String label, Tensor tensor, TensorType type) {
    if (!type.layout().isRowMajor()) {
      throw new IrException("constant '" + label + "' is row-major, not " + type.layout());
    }
    Tensor known = constants.putIfAbsent(label, tensor);
    if (known != null && known != tensor && !known.contentEquals(tensor)) {
      throw new IrException("two different constants are labelled '" + label + "'");
    }
  }

  /// A region's body is a graph of its own, and its results lie in memory as the body says.
  private static void checkRegion(Region region, List<Value> results) {
    verify(region.body());
    for (int i = 0; i < results.size(); i++) {
      TensorType inside = region.resultTypes().get(i);
      if (!results.get(i).type().equals(inside)) {
        throw new IrException("region gives " + inside + " but its result is " + results.get(i));
      }
    }
  }

  private static void checkTransposed(ConvolutionTranspose op) {
    if (op.groups() < 1 || op.weight().shape().extent(0) % op.groups() != 0) {
      throw new IrException(
          "groups "
              + op.groups()
              + " do not divide the "
              + op.weight().shape().dim(0)
              + " input channels");
    }
    for (int axis = 0; axis < op.window().rank(); axis++) {
      if (op.weight().shape().extent(axis + 2) != op.window().kernel().get(axis)) {
        throw new IrException(
            "weight " + op.weight().shape() + " does not match kernel " + op.window().kernel());
      }
    }
    long channels = op.weight().shape().extent(1) * op.groups();
    op.bias()
        .ifPresent(bias -> {
          if (!bias.shape().equals(Shape.of(channels))) {
            throw new IrException(
                "bias " + bias.shape() + " does not match " + channels + " output channels");
          }
        });
  }

  private IrException failure(String message) {
    return new IrException("graph '" + graph.name() + "': " + message);
  }

  private static String describe(Node node) {
    Location location = node.location();
    String name = node.results().getFirst().name();
    String result = name.isEmpty() ? "" : " '%" + name + "'";
    return node.op().name() + result + (location.origins().isEmpty() ? "" : " from " + location);
  }
}
