package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightByTapsTest {
  @Test
  void aLargeWeightInSinglePrecisionHoldsTheSameNumbers() {
    int outputs = 1024;
    int inputs = 1025;
    int taps = 8;
    Tensor weight = Tensor.zeros(DataType.F32, List.of(1024L, 1025L, 2L, 4L));
    assertThat(weight.size()).isGreaterThan(1 << 23);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < weight.size(); i++) {
      weight.setDouble(i, random.nextDouble(-1, 1) * 1e-30);
    }
    double scale = TuckerDecomposer.powerOfTwo(weight);
    List<Integer> visited = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      new WeightByTaps(arena, weight, scale)
          .forEachTap((tap, slice) -> {
            visited.add(tap);
            assertThat(slice.rows()).isEqualTo(outputs);
            assertThat(slice.columns()).isEqualTo(inputs);
            for (int i = 0; i < 5000; i++) {
              int row = random.nextInt(outputs);
              int column = random.nextInt(inputs);
              assertThat(slice.get(row, column) * scale)
                  .isEqualTo(weight.getDouble((row * inputs + column) * taps + tap));
            }
          });
    }
    assertThat(visited).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }
}
