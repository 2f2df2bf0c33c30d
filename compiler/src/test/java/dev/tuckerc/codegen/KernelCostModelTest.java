package dev.tuckerc.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.List;
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
