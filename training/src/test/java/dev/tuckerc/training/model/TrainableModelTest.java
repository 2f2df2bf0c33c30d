package dev.tuckerc.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SharedData;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainableModelTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dtln_1",
        "espcn_nn_resize",
        "iris_mlp",
        "mnist_8",
        "mobilenetv1_0.5_160",
        "resnet20_cifar10",
        "resnet20_cifar10_static",
        "resnet8_cifar10_mlperf",
        "squeezenet1.1_fp32",
        "super_resolution_10",
        "ultraface_RFB-320",
        "vdsr",
        "winml_cifar10_cnn"
      })
  void inferenceIsThatOfTheInterpreter(String name) {
    Path file = SharedData.folder("models").resolve(name).resolve("model.onnx");
    Graph open = OnnxImporter.read(file, ShapeBindings.NONE);
    Map<String, Tensor> inputs = inputs(open);
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    inputs.forEach((input, tensor) -> shapes.put(input, tensor.shape()));
    // The interpreter needs every extent, training leaves open what the model does.
    assertSame(open, OnnxImporter.read(file, ShapeBindings.of(shapes)), inputs);
  }

  @Test
  void everyPoolIsThatOfTheInterpreter() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2, 3, 11, 9));
    Window window =
        new Window(List.of(3L, 2L), List.of(2L, 2L), List.of(1L, 0L), List.of(0L, 1L), ones());
    List<Node> nodes = new ArrayList<>();
    for (Pool.Kind kind : Pool.Kind.values()) {
      for (boolean ceil : List.of(false, true)) {
        for (boolean countPadding : List.of(false, true)) {
          Pool pool = new Pool(kind, x, window, ceil, countPadding);
          nodes.add(Node.of(pool, "y" + nodes.size(), Location.NONE));
        }
      }
    }
    List<Graph.Output> outputs =
        nodes.stream().map(n -> new Graph.Output(n.result().name(), n.result())).toList();
    Graph graph = new Graph("pools", List.of(x), nodes, outputs);
    assertSame(graph, graph, inputs(graph));
  }

  private static List<Long> ones() {
    return List.of(1L, 1L);
  }

  @Test
  void whatCannotBeTrainedIsListedAtOnce() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2, 3));
    Node sum = Node.of(new CumulativeSum(x, 1, false, false), "s", Location.of(0, "sum", "CumSum"));
    Node tan =
        Node.of(
            new Pointwise(
                List.of(sum.result()),
                new ScalarExpression.Unary(UnaryFunction.TAN, new ScalarExpression.Operand(0))),
            "t",
            Location.of(1, "tangent", "Tan"));
    Graph graph =
        new Graph("g", List.of(x), List.of(sum, tan), List.of(new Graph.Output("t", tan.result())));
    assertThatThrownBy(() -> TrainableModel.of(graph))
        .isInstanceOf(UntrainableModelException.class)
        .hasMessageContaining("CumSum 'sum' (node 0)")
        .hasMessageContaining("Tan 'tangent' (node 1): tan cannot be trained");
  }

  /// A mantissa of 8 bits leaves about 2^-8 of each product, and turns some activations over;
  /// gradients of weights stay in float32.
  @Test
  void productsOfBfloat16StayNearThoseOfFloat32() {
    Graph graph = SmallTask.plainNetwork();
    try (TrainableModel model = TrainableModel.of(graph);
        PointerScope _ = new PointerScope()) {
      torch.manual_seed(7);
      org.bytedeco.pytorch.Tensor input = torch.randn(8, 3, 8, 8);
      List<Value> scores = List.of(model.scores());
      org.bytedeco.pytorch.Tensor exact = gradientOfSquares(model, Products.FP32, input, scores);
      org.bytedeco.pytorch.Tensor rounded = gradientOfSquares(model, Products.BF16, input, scores);
      assertThat(rounded.scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
      double apart = rounded.sub(exact).norm().item_float() / exact.norm().item_float();
      assertThat(apart).isBetween(1e-4, 0.05);
    }
  }

  /// Of the first weight.
  private static org.bytedeco.pytorch.Tensor gradientOfSquares(
      TrainableModel model,
      Products products,
      org.bytedeco.pytorch.Tensor input,
      List<Value> wanted) {
    org.bytedeco.pytorch.Tensor weight = model.trained().getFirst().tensor();
    org.bytedeco.pytorch.Tensor scores =
        model.evaluate(List.of(input), Mode.TRAINING, products, Map.of(), wanted).getFirst();
    assertThat(scores.scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
    scores.square().sum().backward();
    org.bytedeco.pytorch.Tensor gradient = weight.grad().clone();
    weight.mutable_grad().zero_();
    return gradient;
  }

  @Test
  void exportKeepsNamesAndTakesNewWeights() {
    Path file = SharedData.folder("models").resolve("resnet20_cifar10/model.onnx");
    Graph graph = OnnxImporter.read(file, ShapeBindings.NONE);
    Path out = folder.resolve("trained.onnx");
    float[] before;
    try (TrainableModel model = TrainableModel.of(graph);
        PointerScope _ = new PointerScope()) {
      Parameter first = named(model, "conv1.weight");
      before = HostTensors.toHost(first.tensor()).toFloats();
      try (NoGradGuard _ = new NoGradGuard()) {
        first.tensor().mul_(new Scalar(2.0));
      }
      OnnxExporter.write(model.graph(), out);
    }
    Graph again = OnnxImporter.read(out, ShapeBindings.NONE);
    assertThat(names(again)).isEqualTo(names(graph));
    assertThat(again.inputs().getFirst().type()).isEqualTo(graph.inputs().getFirst().type());
    try (TrainableModel model = TrainableModel.of(again);
        TrainableModel original = TrainableModel.of(graph)) {
      // Constants that the import itself makes have names of values, which may change.
      assertThat(model.parameters().stream().map(Parameter::name).filter(n -> n.contains(".")))
          .containsExactlyInAnyOrderElementsOf(
              original.parameters().stream()
                  .map(Parameter::name)
                  .filter(n -> n.contains("."))
                  .toList())
          .contains("layer1.0.conv1.weight", "bn1.running_mean");
      float[] after = HostTensors.toHost(named(model, "conv1.weight").tensor()).toFloats();
      assertThat(after[0]).isEqualTo(2 * before[0]);
      assertThat(model.parameters()).hasSize(19 + 4 * 19 + 2);
    }
  }

  private static Parameter named(TrainableModel model, String name) {
    return model.parameters().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  /// Names of inputs, outputs and layers.
  private static List<String> names(Graph graph) {
    List<String> names = new ArrayList<>();
    graph.inputs().forEach(input -> names.add(input.name()));
    graph.outputs().forEach(output -> names.add(output.name()));
    for (Node node : graph.nodes()) {
      switch (node.op()) {
        case Convolution _, BatchNormalization _, MatMul _ -> names.add(node.location().name());
        default -> {}
      }
    }
    return names;
  }

  private static Map<String, Tensor> inputs(Graph graph) {
    Random random = new Random(1);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Value input : graph.inputs()) {
      List<Long> shape = new ArrayList<>();
      for (int axis = 0; axis < input.shape().rank(); axis++) {
        long free = axis == 0 ? 2 : 32;
        shape.add(input.shape().dim(axis) instanceof Dim.Known(long extent) ? extent : free);
      }
      float[] values = new float[Tensor.elementCount(shape)];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat(-1, 1);
      }
      inputs.put(input.name(), Tensor.ofFloats(shape, values));
    }
    return inputs;
  }

  private static void assertSame(Graph trained, Graph reference, Map<String, Tensor> inputs) {
    List<Tensor> expected = List.copyOf(Interpreter.run(reference, inputs).values());
    try (TrainableModel model = TrainableModel.of(trained);
        PointerScope _ = new PointerScope()) {
      List<Tensor> actual =
          model
              .run(
                  inputs.values().stream().map(HostTensors::toTorch).toList(),
                  Mode.INFERENCE,
                  Map.of())
              .stream()
              .map(HostTensors::toHost)
              .toList();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i).shape()).isEqualTo(expected.get(i).shape());
        double range = 1;
        double error = 0;
        for (int j = 0; j < expected.get(i).size(); j++) {
          double want = expected.get(i).getDouble(j);
          range = Math.max(range, Math.abs(want));
          error = Math.max(error, Math.abs(want - actual.get(i).getDouble(j)));
        }
        assertThat(error / range).isLessThan(1e-4);
      }
    }
  }
}
