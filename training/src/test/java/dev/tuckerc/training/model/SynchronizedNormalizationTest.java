package dev.tuckerc.training.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SynchronizedNormalizationTest {
  /// Two layers: a mean and a variance each, forward and back.
  private static final int FORWARD = 4;

  @Test
  void whatFailsOnTheWayBackIsThrownAfterIt() {
    AtomicInteger calls = new AtomicInteger();
    IllegalStateException lost = new IllegalStateException("lost");
    try (PointerScope _ = new PointerScope();
        TrainableModel model = TrainableModel.of(SmallTask.network())) {
      model.synchronizeStatistics(
          2,
          _ -> {
            if (calls.incrementAndGet() > FORWARD) {
              throw lost;
            }
          });
      Tensor input = HostTensors.toTorch(SmallTask.samples(6, 1).samples(0, 6));
      Tensor scores = model.run(List.of(input), Mode.TRAINING, Map.of()).getFirst();
      model.requireSynchronized();
      scores.sum().backward();
      assertThatThrownBy(model::requireSynchronized).isSameAs(lost);
    }
  }
}
