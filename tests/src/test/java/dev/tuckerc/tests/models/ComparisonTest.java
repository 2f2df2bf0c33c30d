package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models that are judged against another one, whose outputs are no scores of classes.
class ComparisonTest {
  private static final int SAMPLES = 3;

  @TempDir Path folder;

  /// Each number of a sample is as large as its place.
  @BeforeEach
  void writeSamples() {
    Tensor samples = Tensor.zeros(DataType.F32, List.of((long) SAMPLES, 4L, 2L, 2L));
    for (int i = 0; i < samples.size(); i++) {
      samples.setDouble(i, i % 16);
    }
    NpyFile.write(folder.resolve("x.npy"), samples);
  }

  /// The samples of a batch as so many images, the last 8 numbers of each sample multiplied.
  private void write(String name, long batch, long images, float factor) {
    List<Node> nodes = new ArrayList<>();
    Value input = new Value("x", TensorType.of(DataType.F32, batch, 4, 2, 2));
    float[] factors = new float[16];
    for (int i = 0; i < 16; i++) {
      factors[i] = i < 8 ? 1 : factor;
    }
    Tensor scale = Tensor.ofFloats(List.of(1L, 4L, 2L, 2L), factors);
    Value second = add(nodes, new Constant("factors", scale), "factors", "Constant");
    ScalarExpression product =
        new ScalarExpression.Binary(
            BinaryFunction.MULTIPLY,
            new ScalarExpression.Operand(0),
            new ScalarExpression.Operand(1));
    Value scaled = add(nodes, new Pointwise(List.of(input, second), product), "scaled", "Mul");
    Shape shape = Shape.of(images, 4 * batch / images, 2, 2);
    Value result = add(nodes, new Reshape(scaled, shape), "images", "Reshape");
    Graph graph =
        new Graph("net", List.of(input), nodes, List.of(new Graph.Output("images", result)));
    OnnxExporter.write(graph, folder.resolve(name));
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  private JsonNode difference() throws IOException {
    String command = "evaluate {a.onnx} --data npy:{x.npy} --quiet --against {b.onnx}";
    CommandRun shown = CommandRun.of(folder, command);
    assertThat(shown.exit()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("of 3").doesNotContain("agreement");
    CommandRun run = CommandRun.of(folder, command + " --json");
    assertThat(run.exit()).as(run.err()).isZero();
    return new ObjectMapper().readTree(run.out()).at("/against/images");
  }

  private static void check(JsonNode difference) {
    assertThat(difference.at("/samples").intValue()).isEqualTo(SAMPLES);
    assertThat(difference.has("agreement")).isFalse();
    assertThat(difference.at("/largestError").doubleValue()).isCloseTo(15, within(1e-6));
  }

  @Test
  void ofAnImageForEachSampleNoAgreementIsTold() throws IOException {
    write("a.onnx", 1, 1, 2);
    write("b.onnx", 1, 1, 1);
    check(difference());
  }

  /// The last batch has one sample of two, and is an image nevertheless.
  @Test
  void samplesThatAreOneImageAreCompared() throws IOException {
    write("a.onnx", 2, 1, 2);
    write("b.onnx", 2, 1, 1);
    check(difference());
  }

  /// The first image of a sample is equal, the second is not.
  @Test
  void allImagesOfASampleAreCompared() throws IOException {
    write("a.onnx", 1, 2, 2);
    write("b.onnx", 1, 2, 1);
    check(difference());
  }

  /// Batches of both models may differ.
  @Test
  void imagesOfSmallerBatchesAreJoined() throws IOException {
    write("a.onnx", 2, 4, 2);
    write("b.onnx", 1, 2, 1);
    check(difference());
  }
}
