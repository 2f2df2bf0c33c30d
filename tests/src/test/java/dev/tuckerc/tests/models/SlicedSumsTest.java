package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Models whose kernels add up sums that several blocks share out: counters are zero again after
/// every run, and every run gives the same bits.
class SlicedSumsTest {
  @Test
  void runsRepeatWithTheSameCounters() {
    CaseBuilder b = new CaseBuilder(5);
    ConvolutionShape shape = ConvolutionShape.of(DataType.F32, 200, 90, 8, 3);
    Value x = b.input(DataType.F32, Layout.ROW_MAJOR, 1, 200, 8, 8);
    Value first = shape.add(b, x);
    Value last = ConvolutionShape.of(DataType.F32, 90, 90, 8, 3).add(b, first);
    Graph graph = b.graph(b.add(new Relayout(last), Layout.ROW_MAJOR));
    DeviceDescription device = DeviceDescription.shipped("h200");
    CompileRequest request =
        new CompileRequest(
            Path.of("sliced.onnx"),
            ShapeBindings.NONE,
            device,
            device.name(),
            Precision.FP16,
            Ranks.parse("none"),
            true,
            Optional.empty(),
            true);
    Compilation compilation =
        CompilePipeline.compile(graph, request, CachedKernelCompiler.standard(), Progress.silent());
    long sliced =
        compilation.program().launches().stream()
            .filter(l -> l.kernel().decision().parameters().getOrDefault("SLICES", 1L) > 1)
            .count();
    assertThat(sliced).isPositive();
    assertThat(compilation.program().scratch()).hasSize((int) sliced);
    assertThat(compilation.bundle().plan().counterBytes()).isPositive();

    Map<String, Tensor> expected = Interpreter.run(compilation.optimized(), b.feeds());
    try (DeviceExecutor executor =
        DeviceExecutor.open(compilation.bundle(), "emulator", SessionOptions.standard())) {
      Map<String, Tensor> before = executor.run(b.feeds());
      before.forEach((name, actual) ->
          assertThat(
                  Comparison.of(
                          actual, Objects.requireNonNull(expected.get(name)), KernelCase.F16_CHAIN)
                      .agrees())
              .as(name)
              .isTrue());
      for (int run = 0; run < 2; run++) {
        executor
            .run(b.feeds())
            .forEach((name, again) ->
                assertThat(again.toDoubles())
                    .isEqualTo(Objects.requireNonNull(before.get(name)).toDoubles()));
      }
    }
  }
}
