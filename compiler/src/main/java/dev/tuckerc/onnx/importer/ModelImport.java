package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.onnx.content.FoldingGraphBuilder;
import dev.tuckerc.onnx.importer.UnsupportedModelException.UnsupportedOperator;
import dev.tuckerc.onnx.model.ExternalData;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.onnx.model.Opsets;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One import of one model: inputs, initializers, nodes, outputs, and what is left of them.
public final class ModelImport {
  private final String file;
  private final ModelProto model;
  private final GraphProto graph;
  private final ShapeBindings bindings;
  private final ExternalData external;
  private final FoldingGraphBuilder builder = new FoldingGraphBuilder();
  private final List<UnsupportedOperator> unsupported = new ArrayList<>();
  private final Set<String> repeated = new LinkedHashSet<>();

  ModelImport(Path path, ModelProto model, ShapeBindings bindings) {
    this.file = path.toString();
    this.model = model;
    this.graph = model.getGraph();
    this.bindings = bindings;
    this.external = new ExternalData(path);
  }

  ImportedModel run() {
    Opsets opsets = Opsets.of(model, file);
    Scope scope = new Scope(Optional.empty());
    Set<String> initialized = Initializers.names(graph);
    // Before IR version 4 every initializer was listed as an input too. Later versions mean a
    // default that a caller may replace; it is treated as a constant all the same.
    List<ValueInfoProto> inputs =
        graph.getInputList().stream().filter(i -> !initialized.contains(i.getName())).toList();
    InputShapes shapes = new InputShapes(file, bindings, inputs);
    try {
      return run(opsets, scope, inputs, shapes);
    } catch (OnnxException e) {
      Optional<String> assumption = shapes.assumption(inputs);
      throw assumption.isEmpty()
          ? e
          : new OnnxException(e.code(), e.detail() + "; " + assumption.get(), e);
    }
  }

  private ImportedModel run(
      Opsets opsets, Scope scope, List<ValueInfoProto> inputs, InputShapes shapes) {
    Set<String> used =
        LiveNodes.of(
                graph.getNodeList(),
                graph.getOutputList().stream().map(ValueInfoProto::getName).toList())
            .names();
    List<Value> values = new ArrayList<>();
    for (ValueInfoProto input : inputs) {
      Optional<Value> value = input(input, shapes, used.contains(input.getName()));
      define(scope, input.getName(), value, "input");
      value.ifPresent(values::add);
    }
    Initializers initializers = new Initializers(file, external, builder);
    initializers.define(scope, graph, used);
    unsupported.addAll(initializers.unsupported());
    GraphImporter importer = new GraphImporter(file, model, opsets, builder, external, unsupported);
    importer.importNodes(graph, scope);
    List<Graph.Output> outputs = outputs(scope);
    if (!unsupported.isEmpty()) {
      throw new UnsupportedModelException(file, unsupported);
    }
    List<Node> nodes = live(outputs, values);
    if (!unsupported.isEmpty()) {
      throw new UnsupportedModelException(file, unsupported);
    }
    String producer = (model.getProducerName() + " " + model.getProducerVersion()).strip();
    return new ImportedModel(
        new Graph(graph.getName(), values, nodes, outputs),
        opsets.version(""),
        producer,
        List.copyOf(builder.specialized()),
        notes(shapes, opsets));
  }

  private List<String> notes(InputShapes shapes, Opsets opsets) {
    List<String> notes = new ArrayList<>();
    if (!shapes.defaulted().isEmpty()) {
      notes.add("symbolic extents " + shapes.defaulted() + " are taken as 1; bind with --shape");
    }
    shapes
        .ambiguous()
        .forEach((name, extents) ->
            notes.add(
                "extent '"
                    + name
                    + "' stands for "
                    + extents
                    + "; it is taken as several unknowns"));
    if (opsets.version("") > Opsets.NEWEST) {
      notes.add(
          "operator set "
              + opsets.version("")
              + " is newer than "
              + Opsets.NEWEST
              + ", the last one known; operators are read by their known definitions");
    }
    if (!builder.specialized().isEmpty()) {
      notes.add("specialised to the given contents of inputs " + builder.specialized());
    }
    repeated.forEach(
        name -> notes.add("output '" + name + "' is listed more than once; it is given once"));
    notes.addAll(builder.notes());
    return notes;
  }

  private Optional<Value> input(ValueInfoProto input, InputShapes shapes, boolean used) {
    Optional<DataType> type =
        input.getType().hasTensorType()
            ? OnnxTypes.fromOnnx(input.getType().getTensorType().getElemType())
            : Optional.empty();
    if (type.isEmpty()) {
      String what = "type " + describe(input.getType()) + " is unsupported";
      if (used) {
        report("graph input", input.getName(), what);
      } else {
        builder.note("input '" + input.getName() + "', which nothing uses, is left out: " + what);
      }
      return Optional.empty();
    }
    Shape shape = shapes.of(input);
    try {
      FoldingGraphBuilder.check(shape);
    } catch (OnnxException e) {
      throw new OnnxException(
          Code.ONNX014, file + ": input '" + input.getName() + "': " + e.detail(), e);
    }
    Value value = new Value(input.getName(), TensorType.of(type.get(), shape));
    Tensor assumed = bindings.values().get(input.getName());
    if (assumed != null && assumed.size() <= Contents.LIMIT) {
      if (assumed.type() != type.get() || !Shape.of(assumed.shape()).equals(shape)) {
        throw new OnnxException(
            Code.ONNX012,
            file
                + ": the given contents of input '"
                + input.getName()
                + "' are "
                + assumed.type()
                + assumed.shape()
                + " but the input is "
                + value.type());
      }
      builder.assume(value, Contents.of(assumed, Set.of(input.getName())));
    }
    return Optional.of(value);
  }

  private void define(Scope scope, String name, Optional<Value> value, String what) {
    if (name.isEmpty() || !scope.define(name, value)) {
      throw new OnnxException(
          Code.ONNX009, file + ": " + what + " '" + name + "' is unnamed or defined twice");
    }
  }

  private void report(String kind, String name, String reason) {
    unsupported.add(new UnsupportedOperator(name, -1, "", kind, 0, List.of(), reason));
  }

  private static String describe(TypeProto type) {
    return switch (type.getValueCase()) {
      case TENSOR_TYPE -> "tensor of " + OnnxTypes.describe(type.getTensorType().getElemType());
      case SEQUENCE_TYPE, MAP_TYPE, OPTIONAL_TYPE, SPARSE_TENSOR_TYPE, OPAQUE_TYPE ->
          OnnxException.oneLine(type.getValueCase().name().toLowerCase(java.util.Locale.ROOT));
      case VALUE_NOT_SET -> "of no kind";
    };
  }

  private List<Graph.Output> outputs(Scope scope) {
    if (graph.getOutputCount() == 0) {
      throw new OnnxException(
          Code.ONNX004, file + ": the graph has no output; export the model again");
    }
    Set<String> names = new HashSet<>();
    List<Graph.Output> outputs = new ArrayList<>();
    for (ValueInfoProto output : graph.getOutputList()) {
      String name = output.getName();
      if (!names.add(name)) {
        // As exporters write it of a network that returns one value twice.
        repeated.add(name);
        continue;
      }
      Optional<Value> value =
          scope
              .find(name)
              .orElseThrow(() ->
                  new OnnxException(
                      Code.ONNX007,
                      file
                          + ": output '"
                          + name
                          + "' is computed by no node; the file is damaged"));
      value.ifPresent(v -> outputs.add(new Graph.Output(name, checked(output, v))));
    }
    return outputs;
  }

  private Value checked(ValueInfoProto declared, Value value) {
    int type = declared.getType().getTensorType().getElemType();
    if (type != 0 && !OnnxTypes.fromOnnx(type).equals(Optional.of(value.type().elementType()))) {
      throw new OnnxException(
          Code.ONNX010,
          file
              + ": output '"
              + declared.getName()
              + "' is declared "
              + OnnxTypes.describe(type)
              + " but computed as "
              + value.type());
    }
    return value;
  }

  /// The nodes that outputs depend on. A symbolic shape that is data cannot stay.
  private List<Node> live(List<Graph.Output> outputs, List<Value> inputs) {
    Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Value> defined = Collections.newSetFromMap(new IdentityHashMap<>());
    outputs.forEach(output -> needed.add(output.value()));
    defined.addAll(inputs);
    List<Node> live = new ArrayList<>();
    for (Node node : builder.nodes().reversed()) {
      if (needed.contains(node.result())) {
        live.add(node);
        needed.addAll(node.op().operands());
      }
      defined.add(node.result());
    }
    Collections.reverse(live);
    live.stream()
        .filter(node -> !defined.containsAll(node.op().operands()))
        .findFirst()
        .ifPresent(node -> reportSymbolic(node.location()));
    outputs.stream()
        .filter(output -> !defined.contains(output.value()))
        .forEach(output -> report("graph output", output.name(), SYMBOLIC));
    return live;
  }

  private static final String SYMBOLIC =
      "a symbolic shape is used as data; bind the inputs with --shape";

  private void reportSymbolic(Location location) {
    location
        .origins()
        .forEach(origin ->
            unsupported.add(
                new UnsupportedOperator(
                    origin.name(), origin.index(), "", origin.operator(), 0, List.of(), SYMBOLIC)));
  }
}
