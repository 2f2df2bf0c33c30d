package dev.tuckerc.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.GraphWriter;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Shape arithmetic is followed at import, also where extents are not known yet.
public final class SymbolicShapesTest {
  @TempDir Path folder;

  private Graph read(Models models) {
    return OnnxImporter.read(models.write(folder), ShapeBindings.NONE);
  }

  private static String shape(Graph graph) {
    return graph.outputs().getFirst().value().shape().toString();
  }

  @Test
  void aSymbolGoesThroughTheWholeModel() {
    assertThat(shape(read(Models.smallCnn()))).isEqualTo("[N,5]");
  }

  @Test
  void aBindingFixesTheSymbolEverywhere() {
    Path model = Models.smallCnn().write(folder);
    Graph graph = OnnxImporter.read(model, ShapeBindings.NONE.with("x", 7, 3, 8, 8));
    assertThat(shape(graph)).isEqualTo("[7,5]");
  }

  @Test
  void unboundSymbolsBecomeOneOnRequest() {
    ImportedModel model =
        OnnxImporter.readModel(
            Models.smallCnn().write(folder), ShapeBindings.NONE.withUnboundAsOne());
    assertThat(shape(model.graph())).isEqualTo("[1,5]");
    assertThat(model.notes()).singleElement().asString().contains("[N]");
  }

  @Test
  void aShapeComputedByTheModelIsKnown() {
    Models models =
        Models.opset(17)
            .input("x", "N", "4", "6")
            .weights("zero", Tensor.ofLongs(List.of(1L), 0))
            .weights("rest", Tensor.ofLongs(List.of(2L), -1, 2))
            .node("Shape", List.of("x"), "s")
            .node("Gather", List.of("s", "zero"), "n")
            .node("Concat", List.of("n", "rest"), "target", GraphWriter.attribute("axis", 0))
            .node("Reshape", List.of("x", "target"), "y")
            .output("y");
    Graph graph = read(models);
    assertThat(shape(graph)).isEqualTo("[N,12,2]");
    // Nothing of the arithmetic is left.
    assertThat(graph.nodes()).hasSize(1);
  }

  @Test
  void convolutionsOfSymbolicExtents() {
    Models models =
        Models.opset(17)
            .input("x", "N", "3", "H", "W")
            .weights("w", Models.ramp(4, 3, 3, 3))
            .node(
                "Conv",
                List.of("x", "w"),
                "y",
                GraphWriter.attribute("pads", List.of(1L, 1L, 1L, 1L)),
                GraphWriter.attribute("strides", List.of(1L, 2L)))
            .output("y");
    assertThat(shape(read(models))).isEqualTo("[N,4,H,((W-1)/2+1)]");
  }

  @Test
  void contentsOfAnInputAreUsedOnlyWhereNeeded() {
    Models models =
        Models.opset(17)
            .input("x", "2", "6")
            .input("target", ai.onnx.proto.OnnxMl.TensorProto.DataType.INT64_VALUE, "2")
            .node("Reshape", List.of("x", "target"), "y")
            .node("Add", List.of("target", "target"), "z")
            .output("y")
            .output("z");
    ImportedModel model =
        OnnxImporter.readModel(
            models.write(folder),
            ShapeBindings.NONE
                .withValue("target", Tensor.ofLongs(List.of(2L), 3, -1))
                .withValue("x", Models.ramp(2, 6)));
    assertThat(shape(model.graph())).isEqualTo("[3,4]");
    assertThat(model.specializedInputs()).containsExactly("target");
    // The sum is still computed from the input.
    assertThat(model.graph().nodes()).hasSize(2);
    assertThat(model.graph().inputs()).hasSize(2);
  }

  @Test
  void inputsOfOldModelsThatAreInitializersAreConstants() {
    Models models = Models.smallCnn();
    models
        .graph()
        .addInput(
            Models.info(
                "w", ai.onnx.proto.OnnxMl.TensorProto.DataType.FLOAT_VALUE, "4", "3", "3", "3"));
    assertThat(read(models).inputs()).hasSize(1);
  }
}
