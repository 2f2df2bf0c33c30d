package dev.tuckerc.tests.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What training writes, on its way through the compiler.
class TrainedModelsTest {
  private static final int CHANNELS = 32;
  private static final long EXTENT = 32;
  private static final int SAMPLES = 16;
  private static final String TRAINING =
      " --data npy:{x.npy},{y.npy} --batch 8 --rate 0.001 --threads 1";

  @TempDir static Path folder;

  private static final Random RANDOM = new Random(4);

  @BeforeAll
  static void makeFiles() {
    NpyFile.write(folder.resolve("x.npy"), normal(1, SAMPLES, 3, EXTENT, EXTENT));
    long[] labels = RANDOM.longs(SAMPLES, 0, 4).toArray();
    NpyFile.write(folder.resolve("y.npy"), Tensor.ofLongs(List.of((long) SAMPLES), labels));
    OnnxExporter.write(network(), folder.resolve("dense.onnx"));
  }

  private static Tensor normal(double deviation, long... extents) {
    List<Long> shape = java.util.stream.LongStream.of(extents).boxed().toList();
    float[] values = new float[Tensor.elementCount(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * RANDOM.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Graph network() {
    List<Node> nodes = new ArrayList<>();
    Shape shape =
        new Shape(List.of(new Dim.Symbolic("N"), Dim.of(3), Dim.of(EXTENT), Dim.of(EXTENT)));
    Value input = new Value("x", TensorType.of(DataType.F32, shape));
    Value x = convolution(nodes, "first", input, 3);
    x = convolution(nodes, "second", x, CHANNELS);
    x = add(nodes, new Reduce(Reduce.Kind.MEAN, x, List.of(2L, 3L), false), "mean", "ReduceMean");
    Value matrix = add(nodes, new Constant("matrix", normal(1, CHANNELS, 4)), "matrix", "Constant");
    x = add(nodes, new MatMul(x, matrix, Epilogue.NONE), "scores", "MatMul");
    return new Graph("small", List.of(input), nodes, List.of(new Graph.Output("scores", x)));
  }

  private static Value convolution(List<Node> nodes, String name, Value x, int channels) {
    Tensor weight = normal(Math.sqrt(2.0 / (9 * channels)), CHANNELS, channels, 3, 3);
    Value w = add(nodes, new Constant(name + ".weight", weight), name + ".weight", "Constant");
    List<Long> ones = List.of(1L, 1L);
    Window window = new Window(List.of(3L, 3L), ones, ones, ones, ones);
    Value y =
        add(nodes, new Convolution(x, w, Optional.empty(), window, 1, Epilogue.NONE), name, "Conv");
    ScalarExpression relu =
        new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0));
    return add(nodes, new Pointwise(List.of(y), relu), name + ".relu", "Relu");
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  private static String run(String command) {
    CommandRun run = CommandRun.of(folder, command);
    assertThat(run.exit()).as(command + "\n" + run.err()).isZero();
    return run.out();
  }

  @Test
  void aBundleOfSparseCoefficientsSkipsTheZeros() throws IOException {
    run(
        "train penni {dense.onnx} -o {sparse.onnx} --epochs 2 --turn 1 --prune 1.8"
            + " --finetune-epochs 1"
            + TRAINING);
    run("compile {sparse.onnx} -o {sparse.bundle} --target t4");
    assertThat(Files.readString(folder.resolve("sparse.bundle/graph.ir"))).contains("basis_conv(");
    run("run {sparse.bundle} --device emulator --compare=reference");
  }

  @Test
  void ranksWithinATimeAreFoundWrittenAndUsed() throws IOException {
    String search =
        "train haloc {dense.onnx} -o {low.onnx} --epochs 2 --finetune-epochs 1"
            + TRAINING
            + " --target t4 --shape x=8x3x32x32 --target-latency ";
    CommandRun impossible = CommandRun.of(folder, search + "0.001");
    assertThat(impossible.exit()).isEqualTo(2);
    Matcher costs =
        Pattern.compile("the least is ([0-9.]+), dense layers take ([0-9.]+)")
            .matcher(impossible.err());
    assertThat(costs.find()).as(impossible.err()).isTrue();
    double least = Double.parseDouble(costs.group(1));
    double dense = Double.parseDouble(costs.group(2));
    assertThat(least).isLessThan(0.9 * dense);
    String out = run(search + String.format(Locale.ROOT, "%.3f", (least + dense) / 2));
    Matcher chosen = Pattern.compile("([0-9.]+) us, [0-9.]+ % of dense").matcher(out);
    assertThat(chosen.find()).as(out).isTrue();
    assertThat(Double.parseDouble(chosen.group(1))).isLessThanOrEqualTo((least + dense) / 2);
    assertThat(Files.readString(folder.resolve("low.ranks.json"))).contains("\"second\" : {");
    run("decompose {dense.onnx} --ranks fixed={low.ranks.json}");
    assertThat(run("inspect {low.onnx}")).contains("second");
  }
}
