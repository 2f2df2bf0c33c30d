package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.training.model.HostTensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SgdTest {
  /// What a step moves two weights by, whose gradients are 3 and 4.
  private static List<Double> moved(double clip, boolean secondFrozen) {
    try (PointerScope _ = new PointerScope()) {
      Tensor first = HostTensors.toTorch(List.of(1L), 10f).requires_grad_(true);
      Tensor second = HostTensors.toTorch(List.of(1L), 20f).requires_grad_(true);
      try (Sgd optimizer = new Sgd(Map.of("first", first, "second", second), 0.9, 0, clip)) {
        first.mul(new Scalar(3)).add(second.mul(new Scalar(4))).sum().backward();
        optimizer.step(1, name -> secondFrozen && name.equals("second"));
      }
      return List.of(
          10 - HostTensors.toHost(first).getDouble(0),
          20 - HostTensors.toHost(second).getDouble(0));
    }
  }

  @Test
  void longGradientsAreShortenedTogether() {
    List<Double> clipped = moved(1, false);
    assertThat(clipped.get(0)).isCloseTo(0.6, within(1e-5));
    assertThat(clipped.get(1)).isCloseTo(0.8, within(1e-5));
    assertThat(moved(6, false)).containsExactly(3.0, 4.0);
    assertThat(moved(Double.POSITIVE_INFINITY, false)).containsExactly(3.0, 4.0);
  }

  @Test
  void whatIsFrozenDoesNotCount() {
    assertThat(moved(3.5, true)).containsExactly(3.0, 0.0);
  }
}
