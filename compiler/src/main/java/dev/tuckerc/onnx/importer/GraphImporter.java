package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.FoldingGraphBuilder;
import dev.tuckerc.onnx.importer.UnsupportedModelException.UnsupportedOperator;
import dev.tuckerc.onnx.model.ExternalData;
import dev.tuckerc.onnx.model.NodeAttributes;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.onnx.model.Opsets;
import dev.tuckerc.onnx.operators.OperatorContext;
import dev.tuckerc.onnx.operators.OperatorImporter;
import dev.tuckerc.onnx.operators.OperatorRegistry;
import dev.tuckerc.onnx.operators.UnsupportedNodeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Imports the nodes of a graph, of graphs in attributes, and of the model's own functions, which
/// are expanded in place.
///
/// A node that cannot be imported is noted and its results are marked, so that the rest of the
/// graph is still looked at: all unsupported operators are found in one run.
public final class GraphImporter {
  /// Functions calling functions could expand without bound.
  private static final int MOST_EXPANDED = 100_000;

  private static final int DEEPEST_CALL = 32;

  private final String file;
  private final Map<String, FunctionProto> functions = new HashMap<>();
  private final Opsets opsets;
  private final FoldingGraphBuilder builder;
  private final ExternalData external;
  private final List<UnsupportedOperator> unsupported;
  private int expanded;
  private int depth;

  GraphImporter(
      String file,
      ModelProto model,
      Opsets opsets,
      FoldingGraphBuilder builder,
      ExternalData external,
      List<UnsupportedOperator> unsupported) {
    this.file = file;
    this.opsets = opsets;
    this.builder = builder;
    this.external = external;
    this.unsupported = unsupported;
    for (FunctionProto function : model.getFunctionsList()) {
      functions.put(key(function.getDomain(), function.getName()), function);
    }
  }

  private static String key(String domain, String name) {
    return Opsets.canonical(domain) + "::" + name;
  }

  /// Imports all nodes of a graph into a scope that holds its inputs and initializers.
  void importNodes(GraphProto graph, Scope scope) {
    importNodes(graph.getNodeList(), scope, opsets, Optional.empty());
  }

  /// @param call index of the outer node that these nodes are part of, if any
  private void importNodes(
      List<NodeProto> nodes, Scope scope, Opsets versions, Optional<Integer> call) {
    NodeOrder order = NodeOrder.of(nodes);
    for (int index : order.order()) {
      importNode(nodes.get(index), call.orElse(index), scope, versions);
    }
    if (!order.cyclic().isEmpty()) {
      int first = order.cyclic().getFirst();
      throw new OnnxException(
          Code.ONNX008,
          at(nodes.get(first), first)
              + ": "
              + order.cyclic().size()
              + " nodes from here on depend on each other in a cycle; the graph is damaged");
    }
  }

  private void importNode(NodeProto node, int index, Scope scope, Opsets versions) {
    String domain = Opsets.canonical(node.getDomain());
    List<Optional<Value>> inputs = new ArrayList<>();
    boolean complete = true;
    for (String name : node.getInputList()) {
      if (name.isEmpty()) {
        inputs.add(Optional.empty());
        continue;
      }
      Optional<Value> value =
          scope
              .find(name)
              .orElseThrow(() ->
                  new OnnxException(
                      Code.ONNX007,
                      at(node, index)
                          + ": input '"
                          + name
                          + "' is defined by no node, input or initializer"));
      complete &= value.isPresent();
      inputs.add(value);
    }
    FunctionProto function = functions.get(key(domain, node.getOpType()));
    if (function == null && !versions.imports(domain)) {
      throw new OnnxException(
          Code.ONNX011,
          at(node, index)
              + ": operator set '"
              + (domain.isEmpty() ? "ai.onnx" : domain)
              + "' is not among the model's imports");
    }
    long opset = versions.version(domain);
    try {
      if (function != null) {
        defineOutputs(node, index, scope, expand(function, node, index, inputs));
        return;
      }
      OperatorImporter importer = OperatorRegistry.find(domain, node.getOpType(), opset);
      if (!complete) {
        defineOutputs(node, index, scope, List.of());
        return;
      }
      builder.enter(Location.of(index, name(node), node.getOpType()), firstOutput(node));
      defineOutputs(node, index, scope, results(node, index, scope, opset, inputs, importer));
    } catch (UnsupportedNodeException e) {
      report(node, index, opset, inputs, e.reason());
      defineOutputs(node, index, scope, List.of());
    } catch (IrException | ArithmeticException | IllegalArgumentException e) {
      throw new OnnxException(Code.ONNX010, at(node, index) + ": " + e.getMessage(), e);
    }
  }

  private List<Optional<Value>> results(
      NodeProto node,
      int index,
      Scope scope,
      long opset,
      List<Optional<Value>> inputs,
      OperatorImporter importer) {
    NodeAttributes attributes = new NodeAttributes(node, external);
    OperatorContext context =
        new OperatorContext(
            node, opset, inputs, attributes, builder, graph -> subgraph(graph, index, scope));
    List<Value> results;
    try {
      results = importer.importNode(context);
    } catch (OnnxException e) {
      // Refused below the level that knows the node.
      throw e.detail().startsWith(file)
          ? e
          : new OnnxException(e.code(), at(node, index) + ": " + e.detail(), e);
    }
    for (int i = results.size(); i < node.getOutputCount(); i++) {
      if (!node.getOutput(i).isEmpty()) {
        throw new UnsupportedNodeException("output " + i + " is unsupported");
      }
    }
    return results.stream().map(Optional::of).toList();
  }

  /// @param results may be shorter than the node's outputs: the rest is unsupported
  private void defineOutputs(
      NodeProto node, int index, Scope scope, List<Optional<Value>> results) {
    for (int i = 0; i < node.getOutputCount(); i++) {
      String name = node.getOutput(i);
      Optional<Value> value = i < results.size() ? results.get(i) : Optional.empty();
      if (!name.isEmpty() && !scope.define(name, value)) {
        throw new OnnxException(
            Code.ONNX009, at(node, index) + ": its output '" + name + "' is already defined");
      }
    }
  }

  /// Imports the graph of an attribute in place.
  private List<Value> subgraph(GraphProto graph, int index, Scope outer) {
    if (graph.getInputCount() > 0) {
      throw new UnsupportedNodeException("its graph has inputs of its own");
    }
    Scope scope = new Scope(Optional.of(outer));
    for (TensorProto initializer : graph.getInitializerList()) {
      String what = file + ": initializer '" + initializer.getName() + "'";
      scope.define(
          initializer.getName(),
          Optional.of(
              builder.constant(
                  initializer.getName(), OnnxTensors.toTensor(initializer, what, external))));
    }
    importNodes(graph.getNodeList(), scope, opsets, Optional.of(index));
    List<Value> results = new ArrayList<>();
    for (ValueInfoProto output : graph.getOutputList()) {
      results.add(
          scope
              .find(output.getName())
              .orElseThrow(
                  () -> new IrException("branch output '" + output.getName() + "' is undefined"))
              .orElseThrow(
                  () -> new UnsupportedNodeException("one of its branches is unsupported")));
    }
    return results;
  }

  /// Expands a call of one of the model's functions.
  private List<Optional<Value>> expand(
      FunctionProto function, NodeProto call, int index, List<Optional<Value>> inputs) {
    expanded += function.getNodeCount();
    if (++depth > DEEPEST_CALL || expanded > MOST_EXPANDED) {
      throw new UnsupportedNodeException("its function expands without bound");
    }
    Scope scope = new Scope(Optional.empty());
    for (int i = 0; i < Math.min(inputs.size(), function.getInputCount()); i++) {
      scope.define(function.getInput(i), inputs.get(i));
    }
    List<NodeProto> nodes = FunctionAttributes.resolve(function, call);
    importNodes(nodes, scope, Opsets.of(function.getOpsetImportList()), Optional.of(index));
    depth--;
    List<Optional<Value>> results = new ArrayList<>();
    for (String output : function.getOutputList()) {
      results.add(
          scope
              .find(output)
              .orElseThrow(() -> new IrException("function output '" + output + "' is undefined")));
    }
    return results;
  }

  private void report(
      NodeProto node, int index, long opset, List<Optional<Value>> inputs, String reason) {
    List<String> shapes = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      shapes.add(
          node.getInput(i).isEmpty()
              ? "-"
              : inputs.get(i).map(value -> value.type().toString()).orElse("?"));
    }
    unsupported.add(
        new UnsupportedOperator(
            name(node),
            index,
            Opsets.canonical(node.getDomain()),
            node.getOpType(),
            opset,
            shapes,
            reason));
  }

  private String at(NodeProto node, int index) {
    return file + ": " + node.getOpType() + " '" + name(node) + "' (node " + index + ")";
  }

  private static String name(NodeProto node) {
    return node.getName().isEmpty() ? firstOutput(node) : node.getName();
  }

  private static String firstOutput(NodeProto node) {
    return node.getOutputCount() == 0 ? "" : node.getOutput(0);
  }
}
