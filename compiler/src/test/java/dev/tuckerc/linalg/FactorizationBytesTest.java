package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FactorizationBytesTest {
  private static final Tensor WEIGHT = TuckerReference.random(1, 12, 8, 3, 2);

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F16", "BF16", "F32", "F64"})
  void everyNumberComesBackExactly(DataType type) {
    try (Factorizer factorizer = new Factorizer(WEIGHT, 1)) {
      Factorization made = factorizer.tucker(3, 5).balanced(type, 1);
      Factorization read = FactorizationBytes.decode(FactorizationBytes.encode(made));
      assertThat(read.form()).isEqualTo(made.form());
      assertThat(read.relativeError()).isEqualTo(made.relativeError());
      assertThat(read.factors()).hasSameSizeAs(made.factors());
      for (int i = 0; i < read.factors().size(); i++) {
        Factorization.Factor a = read.factors().get(i);
        Factorization.Factor b = made.factors().get(i);
        assertThat(a.part()).isEqualTo(b.part());
        assertThat(a.groups()).isEqualTo(b.groups());
        assertThat(a.axes()).isEqualTo(b.axes());
        assertThat(a.weight().contentEquals(b.weight())).isTrue();
      }
      byte[] whole = FactorizationBytes.encode(made);
      assertThatThrownBy(() -> FactorizationBytes.decode(Arrays.copyOf(whole, whole.length - 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
