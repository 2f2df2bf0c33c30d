package dev.tuckerc.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.GraphWriter;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of bad input gives one line with a code, the file, the node and a remedy.
public final class InvalidModelsTest {
  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(root.resolve("models"));
  }

  private OnnxException refused(Path model) {
    return refused(model, ShapeBindings.NONE);
  }

  private OnnxException refused(Path model, ShapeBindings bindings) {
    OnnxException e =
        catchThrowableOfType(OnnxException.class, () -> OnnxImporter.read(model, bindings));
    assertThat(e).isNotNull();
    assertThat(e.getMessage()).contains(model.toString()).doesNotContain("\n");
    return e;
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.onnx"), bytes);
  }

  private Path file(ModelProto model) throws IOException {
    return file(model.toByteArray());
  }

  @Test
  void missingFile() {
    assertThat(refused(folder.resolve("none.onnx")).code()).isEqualTo(Code.ONNX001);
  }

  @Test
  void folderInsteadOfFile() {
    assertThat(refused(folder).code()).isEqualTo(Code.ONNX001);
  }

  @Test
  void emptyFile() throws IOException {
    assertThat(refused(file(new byte[0])).code()).isEqualTo(Code.ONNX002);
  }

  @Test
  void textFile() throws IOException {
    OnnxException e = refused(file("# not a model\nhello world\n".getBytes()));
    assertThat(e.code()).isEqualTo(Code.ONNX003);
    assertThat(e.getMessage()).contains("text file");
  }

  @Test
  void truncatedFile() throws IOException {
    byte[] bytes = Models.smallCnn().build().toByteArray();
    OnnxException e = refused(file(Arrays.copyOf(bytes, bytes.length / 2)));
    assertThat(e.code()).isEqualTo(Code.ONNX003);
    assertThat(e.getMessage()).contains("truncated");
  }

  @Test
  void protobufWithoutGraph() throws IOException {
    assertThat(refused(file(ModelProto.newBuilder().setIrVersion(8).build())).code())
        .isEqualTo(Code.ONNX004);
  }

  @Test
  void noOperatorSet() throws IOException {
    ModelProto model = Models.smallCnn().build().toBuilder().clearOpsetImport().build();
    assertThat(refused(file(model)).code()).isEqualTo(Code.ONNX004);
  }

  @Test
  void weightsThatDoNotFillTheirShape() {
    TensorProto damaged =
        OnnxTensors.toProto("w", Models.ramp(4)).toBuilder().clearDims().addDims(5).build();
    Path model =
        Models.opset(17)
            .input("x", "5")
            .weights(damaged)
            .node("Add", List.of("x", "w"), "y")
            .output("y")
            .write(folder);
    OnnxException e = refused(model);
    assertThat(e.code()).isEqualTo(Code.ONNX005);
    assertThat(e.getMessage()).contains("'w'");
  }

  @Test
  void undefinedInput() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .node("Add", List.of("x", "z"), "y")
            .output("y")
            .write(folder);
    OnnxException e = refused(model);
    assertThat(e.code()).isEqualTo(Code.ONNX007);
    assertThat(e.getMessage()).contains("Add 'y_node' (node 0)").contains("'z'");
  }

  @Test
  void undefinedOutput() {
    Path model =
        Models.opset(17).input("x", "5").node("Relu", List.of("x"), "y").output("q").write(folder);
    assertThat(refused(model).code()).isEqualTo(Code.ONNX007);
  }

  @Test
  void cycle() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .node("Add", List.of("x", "b"), "a")
            .node("Relu", List.of("a"), "b")
            .output("b")
            .write(folder);
    OnnxException e = refused(model);
    assertThat(e.code()).isEqualTo(Code.ONNX008);
    assertThat(e.getMessage()).contains("'a_node'").contains("cycle");
  }

  @Test
  void nodesInAnyOrderAreSorted() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .node("Relu", List.of("a"), "b")
            .node("Add", List.of("x", "x"), "a")
            .output("b")
            .write(folder);
    assertThat(OnnxImporter.read(model, ShapeBindings.NONE).nodes()).hasSize(2);
  }

  @Test
  void outputDefinedTwice() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .node("Relu", List.of("x"), "y")
            .node("Abs", List.of("x"), "y")
            .output("y")
            .write(folder);
    assertThat(refused(model).code()).isEqualTo(Code.ONNX009);
  }

  @Test
  void operandsOfDifferentTypes() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .input("i", TensorProto.DataType.INT64_VALUE, "5")
            .node("Add", List.of("x", "i"), "y")
            .output("y")
            .write(folder);
    OnnxException e = refused(model);
    assertThat(e.code()).isEqualTo(Code.ONNX010);
    assertThat(e.getMessage()).contains("f32 and i64").contains("Add 'y_node' (node 0)");
  }

  @Test
  void shapesThatDoNotFit() {
    Path model =
        Models.opset(17)
            .input("x", "1", "4", "8", "8")
            .weights("w", Models.ramp(2, 3, 3, 3))
            .node("Conv", List.of("x", "w"), "y")
            .output("y")
            .write(folder);
    OnnxException e = refused(model);
    assertThat(e.code()).isEqualTo(Code.ONNX010);
    assertThat(e.getMessage()).contains("channels");
  }

  @Test
  void attributeOfTheWrongKind() {
    Path model =
        Models.opset(17)
            .input("x", "5")
            .node("LeakyRelu", List.of("x"), "y", GraphWriter.attribute("alpha", "much"))
            .output("y")
            .write(folder);
    assertThat(refused(model).getMessage()).contains("alpha");
  }

  @Test
  void operatorSetThatIsNotImported() {
    Models models = Models.opset(17).input("x", "5").output("y");
    models
        .graph()
        .addNode(
            NodeProto.newBuilder()
                .setOpType("Fancy")
                .setDomain("com.example")
                .addInput("x")
                .addOutput("y"));
    OnnxException e = refused(models.write(folder));
    assertThat(e.code()).isEqualTo(Code.ONNX011);
    assertThat(e.getMessage()).contains("com.example");
  }

  @Test
  void bindingsThatDoNotFit() {
    Path model = Models.smallCnn().write(folder);
    assertThat(refused(model, ShapeBindings.NONE.with("q", 1)).getMessage()).contains("[x]");
    assertThat(refused(model, ShapeBindings.NONE.with("x", 1, 3, 8)).code())
        .isEqualTo(Code.ONNX012);
    assertThat(refused(model, ShapeBindings.NONE.with("x", 1, 3, 9, 8)).getMessage())
        .contains("axis 2 is fixed at 8");
  }

  @Test
  void hugeShapesAreRefusedBeforeAnythingIsAllocated() {
    Path model =
        Models.opset(17)
            .input("x", "1")
            .weights("s", Tensor.ofLongs(List.of(3L), 1 << 20, 1 << 20, 1 << 20))
            .node("Expand", List.of("x", "s"), "y")
            .output("y")
            .write(folder);
    assertThat(refused(model).code()).isEqualTo(Code.ONNX014);
  }

  @Test
  void externalDataIsReadFromTheModelsFolder() throws IOException {
    Files.write(folder.resolve("w.bin"), new byte[] {9, 9, 9, 9, 0, 0, (byte) 0x80, 0x3f});
    Graph graph = OnnxImporter.read(external("w.bin", "4"), ShapeBindings.NONE);
    assertThat(graph.nodes()).hasSize(2);
  }

  @Test
  void externalDataOutsideTheFolderIsRefused() throws IOException {
    Files.write(root.resolve("outside.bin"), new byte[8]);
    for (String location : List.of("../outside.bin", "/etc/passwd", "", "a/../../outside.bin")) {
      OnnxException e = refused(external(location, "0"));
      assertThat(e.code()).isEqualTo(Code.ONNX006);
      assertThat(e.getMessage()).contains("inside the model's folder");
    }
    Files.createSymbolicLink(folder.resolve("link.bin"), root.resolve("outside.bin"));
    assertThat(refused(external("link.bin", "0")).getMessage()).contains("refused");
  }

  @Test
  void externalDataThatIsMissingOrShort() throws IOException {
    assertThat(refused(external("none.bin", "0")).getMessage()).contains("missing");
    Files.write(folder.resolve("w.bin"), new byte[6]);
    assertThat(refused(external("w.bin", "4")).getMessage()).contains("6 bytes");
    assertThat(refused(external("w.bin", "-4")).getMessage()).contains("no size");
    assertThat(refused(external("w.bin", "9223372036854775807")).code()).isEqualTo(Code.ONNX006);
  }

  private Path external(String location, String offset) {
    TensorProto weights =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addDims(1)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(
                StringStringEntryProto.newBuilder().setKey("location").setValue(location))
            .addExternalData(StringStringEntryProto.newBuilder().setKey("offset").setValue(offset))
            .build();
    return Models.opset(17)
        .input("x", "1")
        .weights(weights)
        .node("Add", List.of("x", "w"), "y")
        .output("y")
        .write(folder);
  }

  @Test
  void allUnsupportedOperatorsAreListedAtOnce() {
    Path model =
        Models.opset(17)
            .input("x", "2", "5")
            .node("Relu", List.of("x"), "r")
            .node("Frobnicate", List.of("r"), "a")
            .node("Relu", List.of("a"), "b")
            .node("Loop", List.of("b", "x"), "c")
            .output("c")
            .write(folder);
    UnsupportedModelException e =
        catchThrowableOfType(
            UnsupportedModelException.class, () -> OnnxImporter.read(model, ShapeBindings.NONE));
    assertThat(e.operators()).hasSize(2);
    assertThat(e.operators().get(0).toString())
        .isEqualTo(
            "Frobnicate 'a_node' (node 1, opset 17, inputs f32[2,5]): the operator is unsupported");
    assertThat(e.operators().get(1).inputs()).containsExactly("?", "f32[2,5]");
    assertThat(e.getMessage()).startsWith(model + ": 2 unsupported operators");
  }

  @Test
  void unwritableTargetLeavesNothingBehind() throws IOException {
    Graph graph = OnnxImporter.read(Models.smallCnn().write(folder), ShapeBindings.NONE);
    Path target = folder.resolve("no/such/folder/out.onnx");
    assertThatThrownBy(() -> OnnxExporter.write(graph, target))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("cannot be written");
    Files.createDirectory(folder.resolve("taken.onnx"));
    Files.write(folder.resolve("taken.onnx/file"), new byte[1]);
    assertThatThrownBy(() -> OnnxExporter.write(graph, folder.resolve("taken.onnx")))
        .isInstanceOf(OnnxException.class);
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("model.onnx", "taken.onnx");
    }
  }
}
