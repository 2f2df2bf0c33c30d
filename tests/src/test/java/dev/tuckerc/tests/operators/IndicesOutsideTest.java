package dev.tuckerc.tests.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.execute.SessionException;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.onnx.OnnxRuntimeOracle;
import dev.tuckerc.transform.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// An index that is outside its axis, known only when the model runs, is one error that names the
/// node; the session goes on with the next input.
class IndicesOutsideTest {
  private static final Tensor DATA = Tensor.ofFloats(List.of(3L, 4L), new float[12]);
  private static final List<Long> PAIR = List.of(1L, 2L);

  @TempDir Path folder;

  static Stream<Arguments> operators() {
    Tensor one = Tensor.ofFloats(List.of(1L), 5);
    Tensor two = Tensor.ofFloats(PAIR, 5, 6);
    return Stream.of(
        Arguments.of("Gather", List.of(), Map.of("axis", 1L), PAIR, new long[][] {{0, 4}, {-5, 0}}),
        Arguments.of(
            "GatherElements",
            List.of(),
            Map.of("axis", 1L),
            PAIR,
            new long[][] {{0, 4}, {-5, 0}, {5, 1}}),
        Arguments.of(
            "GatherND", List.of(), Map.of(), PAIR, new long[][] {{0, 4}, {-4, 0}, {1, -5}, {3, 0}}),
        Arguments.of(
            "ScatterElements",
            List.of(two),
            Map.of("axis", 0L),
            PAIR,
            new long[][] {{0, 3}, {-4, 0}, {1L << 40, 0}}),
        Arguments.of(
            "ScatterND", List.of(one), Map.of(), PAIR, new long[][] {{0, 4}, {-4, 0}, {3, 0}}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operators")
  void areOneErrorThatNamesTheNode(
      String type,
      List<Tensor> updates,
      Map<String, Long> attributes,
      List<Long> shape,
      long[][] outside)
      throws Exception {
    OperatorInstance instance =
        OperatorInstance.of(type, 16).input(DATA).input(Tensor.ofLongs(shape, 1, -1));
    updates.forEach(instance::input);
    attributes.forEach(instance::with);
    Path model = write(instance);
    Map<String, Tensor> inputs = new HashMap<>(instance.inputs());
    try (DeviceExecutor executor =
        DeviceExecutor.open(compile(model, inputs).bundle(), "emulator", checked())) {
      for (long[] indices : outside) {
        inputs.put("x1", Tensor.ofLongs(shape, indices));
        assertThatThrownBy(() -> executor.run(inputs))
            .as("%s %s", type, List.of(indices[0], indices[1]))
            .isInstanceOf(SessionException.class)
            .hasMessageContaining(type + " 'node' (node 0): an index is outside its axis of ");
      }
      inputs.put("x1", Tensor.ofLongs(shape, 1, -1));
      OnnxRuntimeOracle.run(model, inputs)
          .forEach((name, tensor) ->
              OnnxRuntimeOracle.assertClose(name, executor.run(inputs).get(name), tensor));
    }
  }

  /// What is known to be inside needs no flag, and no download after each run.
  @Test
  void constantsThatAreInsideAreNotChecked() throws IOException {
    OperatorInstance instance = OperatorInstance.of("Gather", 16).input(DATA).longs(2, -3, 0);
    assertThat(compile(write(instance), instance.inputs()).bundle().plan().faults()).isEmpty();
  }

  private Path write(OperatorInstance instance) throws IOException {
    return Files.write(folder.resolve("model.onnx"), instance.model().toByteArray());
  }

  private static SessionOptions checked() {
    return SessionOptions.standard().isolating();
  }

  private static Compilation compile(Path model, Map<String, Tensor> inputs) {
    Map<String, List<Long>> shapes = new HashMap<>();
    inputs.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    CompileRequest request =
        new CompileRequest(
            model,
            ShapeBindings.of(shapes),
            DeviceDescription.shipped("h200"),
            "h200",
            Precision.FP32,
            Ranks.parse("none"),
            true,
            Optional.empty(),
            true);
    return CompilePipeline.compile(request, CachedKernelCompiler.standard(), Progress.silent());
  }
}
