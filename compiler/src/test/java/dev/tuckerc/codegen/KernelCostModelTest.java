package dev.tuckerc.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class KernelCostModelTest {

  @ParameterizedTest
  @ValueSource(strings = {"h200", "h100", "a100", "rtx4090", "t4"})
  void ranksByWorkOnEveryDevice(String name) {
    KernelCostModel model = new KernelCostModel(DeviceDescription.shipped(name));
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      Estimate small = model.estimate(convolution(type, 1, 64, 64, 56, 1));
      Estimate large = model.estimate(convolution(type, 16, 256, 256, 56, 3));
      assertThat(small.microseconds()).isBetween(0.5, 100.0);
      assertThat(large.microseconds()).isGreaterThan(5 * small.microseconds());
    }
    Estimate f32 = model.estimate(convolution(DataType.F32, 8, 256, 256, 28, 3));
    Estimate f16 = model.estimate(convolution(DataType.F16, 8, 256, 256, 28, 3));
    assertThat(f16.microseconds()).isLessThan(f32.microseconds());
  }

  @Test
  void staysAboveTheRoofline() {
    KernelCostModel model = new KernelCostModel(DeviceDescription.shipped("h200"));
    // 925 M multiply-adds at 132 * 128 per clock of 1.83 GHz take at least 29.9 us.
    Estimate estimate = model.estimate(convolution(DataType.F32, 8, 64, 64, 56, 3));
    assertThat(estimate.microseconds()).isBetween(29.9, 80.0);
  }

  /// Candidates that differ in nothing but the length of a step are not of equal time by omission:
  /// each step has its cost.
  @ParameterizedTest
  @ValueSource(strings = {"h200", "a100", "rtx4090", "t4"})
  void tilesOfAnotherDepthTakeAnotherTime(String name) {
    DeviceDescription device = DeviceDescription.shipped(name);
    PerformanceModel model = new PerformanceModel(device);
    Convolution op = convolution(DataType.F16, 1, 64, 64, 28, 3);
    Value input = new Value("x", op.input().type().withLayout(Layout.NHWC));
    Convolution stored =
        new Convolution(input, op.weight(), op.bias(), op.window(), op.groups(), op.epilogue());
    Value result = new Value("y", stored.resultType().withLayout(Layout.NHWC));
    var weight =
        new LoweringContext.KnownConstant("weight", Tensor.zeros(DataType.F32, List.of(0L)));
    LoweringContext context =
        new LoweringContext(
            new Node(stored, result, Location.NONE),
            model,
            Map.of(op.weight(), weight),
            TemplateLibrary.standard());
    Map<Map<String, Long>, Map<Long, Double>> times = new LinkedHashMap<>();
    for (Candidate candidate : Lowerings.candidates(context)) {
      if (model.occupancy(candidate.work()) == 0) {
        continue;
      }
      Map<String, Long> others = new LinkedHashMap<>(candidate.tuning());
      Long depth = others.remove("TILE_K");
      times
          .computeIfAbsent(others, _ -> new LinkedHashMap<>())
          .put(depth, model.estimate(candidate.work()).microseconds());
    }
    assertThat(times).hasSizeGreaterThan(10);
    assertThat(times.values()).anyMatch(byDepth -> byDepth.size() > 1);
    times.forEach((others, byDepth) ->
        assertThat(byDepth.values()).as(others.toString()).doesNotHaveDuplicates());
  }

  private static Convolution convolution(
      DataType type, long batch, long in, long out, long size, long kernel) {
    Window window =
        new Window(
            List.of(kernel, kernel),
            List.of(1L, 1L),
            List.of(kernel / 2, kernel / 2),
            List.of(kernel / 2, kernel / 2),
            List.of(1L, 1L));
    return new Convolution(
        new Value("x", TensorType.of(type, batch, in, size, size)),
        new Value("w", TensorType.of(type, out, in, kernel, kernel)),
        Optional.empty(),
        window,
        1,
        Epilogue.NONE);
  }
}
