package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.training.model.HostTensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;

class AdamTest {
  private static final double RATE = 0.05;
  private static final double DECAY = 0.1;

  private static Tensor weight() {
    return HostTensors.toTorch(List.of(3L), 2f, -1f, 0.5f).requires_grad_(true);
  }

  /// The gradient of `sum(w^3 * (step + 1))`.
  private static void differentiate(Tensor weight, int step) {
    weight.pow(new Scalar(3)).mul(new Scalar(step + 1)).sum().backward();
  }

  @Test
  void stepsAreThoseOfLibtorch() {
    try (PointerScope _ = new PointerScope()) {
      Tensor own = weight();
      Tensor reference = weight();
      AdamWOptions options = new AdamWOptions(RATE);
      options.weight_decay().put(DECAY);
      try (Adam adam = new Adam(Map.of("w", own), 0.9, DECAY, Double.POSITIVE_INFINITY);
          AdamW adamW = new AdamW(new TensorVector(reference), options)) {
        for (int step = 0; step < 20; step++) {
          differentiate(own, step);
          adam.step(RATE, _ -> false);
          adam.clearGradients();
          adamW.zero_grad();
          differentiate(reference, step);
          adamW.step();
        }
      }
      for (int i = 0; i < 3; i++) {
        double expected = HostTensors.toHost(reference).getDouble(i);
        assertThat(HostTensors.toHost(own).getDouble(i)).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @Test
  void aFrozenParameterKeepsItsMeans() {
    try (PointerScope _ = new PointerScope()) {
      Tensor weight = weight();
      try (Adam adam = new Adam(Map.of("w", weight), 0.9, DECAY, Double.POSITIVE_INFINITY)) {
        differentiate(weight, 0);
        adam.step(RATE, _ -> true);
        assertThat(HostTensors.toHost(weight).getDouble(0)).isEqualTo(2);
        assertThat(adam.state().keySet()).containsExactly("mean/w", "square/w", "steps/w");
        adam.state()
            .values()
            .forEach(tensor -> assertThat(tensor.abs().sum().item_float()).isZero());
      }
    }
  }
}
