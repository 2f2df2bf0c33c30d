package dev.tuckerc.onnx.importer;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What models in the wild contain beside the operators: things that nothing uses, names that mean
/// several extents, control flow in functions.
public final class UnusualModelsTest {
  @TempDir Path folder;

  private Tensor run(Models models, Tensor x) {
    Graph graph = OnnxImporter.read(models.output("y").write(folder), ShapeBindings.NONE);
    return Interpreter.run(graph, Map.of("x", x)).get("y");
  }

  private static final Tensor MATRIX = Tensor.ofFloats(List.of(2L, 2L), 1, 2, 3, 4);

  @Test
  void whatNothingUsesRefusesNoModel() {
    TensorProto labels =
        TensorProto.newBuilder()
            .setName("labels")
            .setDataType(TensorProto.DataType.STRING_VALUE)
            .addDims(1)
            .addStringData(ByteString.copyFromUtf8("cat"))
            .build();
    Models models =
        Models.opset(13)
            .input("x", "2", "2")
            .input("text", TensorProto.DataType.STRING_VALUE, "1")
            .weights(labels)
            .node("Frobnicate", List.of("x"), "unused")
            .node("Relu", List.of("x"), "y");

    assertThat(run(models, MATRIX).contentEquals(MATRIX)).isTrue();
  }

  @Test
  void whatIsUsedIsStillRefused() {
    Models models =
        Models.opset(13)
            .input("x", "2", "2")
            .node("Frobnicate", List.of("x"), "h")
            .node("Relu", List.of("h"), "y");

    assertThatThrownBy(() -> run(models, MATRIX))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("Frobnicate");
  }

  @Test
  void sparseInitializersBecomeDense() {
    Models models = Models.opset(13).input("x", "2", "2").node("Add", List.of("x", "sparse"), "y");
    models
        .graph()
        .addSparseInitializer(
            SparseTensorProto.newBuilder()
                .setValues(OnnxTensors.toProto("sparse", Tensor.ofFloats(List.of(2L), 5, 7)))
                .setIndices(OnnxTensors.toProto("", Tensor.ofLongs(List.of(2L, 2L), 0, 1, 1, 0)))
                .addAllDims(List.of(2L, 2L)));

    assertThat(run(models, MATRIX).toFloats()).containsExactly(1, 7, 10, 4);
  }

  @Test
  void anOutputThatIsListedTwiceIsGivenOnce() {
    Path model =
        Models.opset(13)
            .input("x", "2", "2")
            .node("Relu", List.of("x"), "y")
            .node("Abs", List.of("x"), "z")
            .output("y")
            .output("z")
            .output("y")
            .write(folder);

    ImportedModel imported = OnnxImporter.readModel(model, ShapeBindings.NONE);

    assertThat(imported.graph().outputs()).extracting(Graph.Output::name).containsExactly("y", "z");
    assertThat(imported.notes())
        .containsExactly("output 'y' is listed more than once; it is given once");
  }

  @Test
  void questionMarksAndZerosAreDifferentUnknowns() {
    Path model =
        Models.opset(13)
            .input("x", "?", "?", "0", "0")
            .node("Relu", List.of("x"), "y")
            .output("y")
            .write(folder);

    assertThat(OnnxImporter.read(model, ShapeBindings.NONE).inputs().getFirst().shape())
        .hasToString("[x_0,x_1,x_2,x_3]");
    assertThat(
            OnnxImporter.read(model, ShapeBindings.NONE.with("x", 1, 2, 3, 4))
                .inputs()
                .getFirst()
                .shape())
        .hasToString("[1,2,3,4]");
  }

  @Test
  void aNameThatStandsForSeveralExtentsSaysNothing() {
    Path model =
        Models.opset(13)
            .input("x", "N", "N")
            .input("z", "N", "3")
            .node("Relu", List.of("x"), "y")
            .node("Relu", List.of("z"), "w")
            .output("y")
            .output("w")
            .write(folder);

    ImportedModel imported = OnnxImporter.readModel(model, ShapeBindings.NONE.with("x", 2, 5));

    assertThat(imported.graph().inputs().get(0).shape()).hasToString("[2,5]");
    assertThat(imported.graph().inputs().get(1).shape()).hasToString("[z_0,3]");
    assertThat(imported.notes())
        .containsExactly("extent 'N' stands for [2, 5]; it is taken as several unknowns");
  }

  @Test
  void einsumWithoutAnArrowSumsRepeatedLabels() {
    Models trace =
        Models.opset(13)
            .input("x", "2", "2")
            .node("Einsum", List.of("x"), "y", attribute("equation", "ii"));
    assertThat(run(trace, MATRIX).toFloats()).containsExactly(5);

    Models batched =
        Models.opset(13)
            .input("x", "1", "2", "2")
            .node("Einsum", List.of("x"), "y", attribute("equation", "...ii"));
    assertThat(run(batched, MATRIX.reshape(List.of(1L, 2L, 2L))).toFloats()).containsExactly(5);

    Models broadcast =
        Models.opset(13)
            .input("x", "2", "2")
            .weights("row", Tensor.ofFloats(List.of(1L, 2L), 10, 100))
            .node("Einsum", List.of("x", "row"), "y", attribute("equation", "ij,ij->i"));
    assertThat(run(broadcast, MATRIX).toFloats()).containsExactly(210, 430);
  }

  @Test
  void extentsAreScaledInSinglePrecision() {
    Path model =
        Models.opset(13)
            .input("x", "10")
            .weights("scales", Tensor.ofFloats(List.of(1L), 0.7f))
            .node("Resize", List.of("x", "", "scales"), "y")
            .output("y")
            .write(folder);

    ImportedModel imported = OnnxImporter.readModel(model, ShapeBindings.NONE);

    assertThat(imported.graph().outputs().getFirst().value().shape()).hasToString("[7]");
    assertThat(imported.notes())
        .singleElement()
        .asString()
        .endsWith(
            "10 scaled by 0.7 gives 7 in float32, as ONNX Runtime has it; the exact product gives 6");
  }

  @Test
  void statisticsOfHalfPrecisionAreSinglePrecision() {
    Models models =
        Models.opset(13)
            .input("x", TensorProto.DataType.FLOAT16_VALUE, "1", "1", "2")
            .weights("one", Tensor.ofFloats(List.of(1L), 1).convert(DataType.F16))
            .node("InstanceNormalization", List.of("x", "one", "one"), "y");

    Tensor x = Tensor.ofFloats(List.of(1L, 1L, 2L), 400, -400).convert(DataType.F16);

    assertThat(run(models, x).toFloats()).containsExactly(2, 0);
  }

  private static GraphProto branch(NodeProto node) {
    return GraphProto.newBuilder()
        .setName("branch")
        .addNode(node)
        .addOutput(ValueInfoProto.newBuilder().setName(node.getOutput(0)))
        .build();
  }

  private static AttributeProto graph(String name, GraphProto graph) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.GRAPH)
        .setG(graph)
        .build();
  }

  @Test
  void aBranchInAFunctionSeesItsAttributes() throws IOException {
    NodeProto leaky =
        NodeProto.newBuilder()
            .setOpType("LeakyRelu")
            .addInput("a")
            .addOutput("b")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("alpha")
                    .setType(AttributeType.FLOAT)
                    .setRefAttrName("slope"))
            .build();
    NodeProto relu = NodeProto.newBuilder().setOpType("Relu").addInput("a").addOutput("c").build();
    FunctionProto function =
        FunctionProto.newBuilder()
            .setName("F")
            .setDomain("own")
            .addInput("a")
            .addInput("condition")
            .addOutput("result")
            .addAttribute("slope")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("If")
                    .addInput("condition")
                    .addOutput("result")
                    .addAttribute(graph("then_branch", branch(leaky)))
                    .addAttribute(graph("else_branch", branch(relu))))
            .build();
    Models models =
        Models.opset(13)
            .input("x", "2")
            .input("condition", TensorProto.DataType.BOOL_VALUE)
            .output("y");
    models
        .graph()
        .addNode(
            NodeProto.newBuilder()
                .setOpType("F")
                .setDomain("own")
                .addInput("x")
                .addInput("condition")
                .addOutput("y")
                .addAttribute(attribute("slope", 0.5)));
    ModelProto model =
        models.build().toBuilder()
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
            .addFunctions(function)
            .build();
    Path file = folder.resolve("function.onnx");
    Files.write(file, model.toByteArray());

    Graph imported = OnnxImporter.read(file, ShapeBindings.NONE);

    Map<String, Tensor> inputs =
        Map.of(
            "x", Tensor.ofFloats(List.of(2L), -4, 4), "condition", Tensor.scalar(DataType.BOOL, 1));
    assertThat(Interpreter.run(imported, inputs).get("y").toFloats()).containsExactly(-2, 4);
  }
}
