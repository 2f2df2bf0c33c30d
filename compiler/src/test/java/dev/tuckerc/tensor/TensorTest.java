package dev.tuckerc.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TensorTest {

  private static Tensor one(DataType type, double value) {
    return Tensor.scalar(type, value);
  }

  @Property
  void halfPrecisionRoundsToTheNearest(@ForAll float seed) {
    for (DataType type : List.of(DataType.F16, DataType.BF16)) {
      // Between float values, where a second rounding could go wrong.
      double value = seed % 60000 * (1 + 0x1p-40);
      double rounded = one(type, value).getDouble(0);
      Tensor tensor = one(type, rounded);
      short bits = tensor.data().get(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED, 0);
      for (int step : new int[] {-1, 1}) {
        Tensor neighbour = Tensor.zeros(type, List.of());
        neighbour
            .data()
            .set(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) (bits + step));
        double other = neighbour.getDouble(0);
        if (Double.isFinite(other)) {
          assertThat(distance(value, rounded)).isLessThanOrEqualTo(distance(value, other));
        }
      }
    }
  }

  private static BigDecimal distance(double a, double b) {
    return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
  }

  @Test
  void halvesGoToEven() {
    assertThat(one(DataType.F16, 2049).getDouble(0)).isEqualTo(2048);
    assertThat(one(DataType.F16, 2051).getDouble(0)).isEqualTo(2052);
    assertThat(one(DataType.F16, 2049 + 1e-9).getDouble(0)).isEqualTo(2050);
    assertThat(one(DataType.BF16, 257).getDouble(0)).isEqualTo(256);
    assertThat(one(DataType.F16, 65520).getDouble(0)).isInfinite();
    assertThat(one(DataType.BF16, Double.NaN).getDouble(0)).isNaN();
  }

  @Test
  void doublesSaturateAndLongsWrap() {
    assertThat(one(DataType.I32, 3e9).getLong(0)).isEqualTo(Integer.MAX_VALUE);
    assertThat(one(DataType.U8, -1).getLong(0)).isZero();
    assertThat(one(DataType.I8, -129.7).getLong(0)).isEqualTo(-128);
    assertThat(one(DataType.U64, 0x1.8p63).getDouble(0)).isEqualTo(0x1.8p63);
    assertThat(one(DataType.I16, Double.NaN).getLong(0)).isZero();
    Tensor tensor = Tensor.zeros(DataType.I8, List.of(1L));
    tensor.setLong(0, 200);
    assertThat(tensor.getLong(0)).isEqualTo(-56);
  }

  @Test
  void conversionsRoundOnce() {
    Tensor wide = Tensor.ofLongs(List.of(2L), (1L << 60) + (1L << 36) + 1, -3);
    assertThat(wide.convert(DataType.F32).toDoubles()).containsExactly(0x1p60 + 0x1p37, -3);
    assertThat(wide.convert(DataType.U8).toLongs()).containsExactly(1, 253);
    Tensor unsigned = Tensor.zeros(DataType.U64, List.of(1L));
    unsigned.setLong(0, -1);
    assertThat(unsigned.convert(DataType.F32).getDouble(0)).isEqualTo(0x1p64);
    assertThat(unsigned.convert(DataType.U64)).isSameAs(unsigned);
    assertThat(one(DataType.F32, 0.5).convert(DataType.BOOL).getLong(0)).isEqualTo(1);
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(
            () -> Tensor.of(DataType.F32, List.of(2L), MemorySegment.ofArray(new byte[7])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs 8 bytes, not 7");
    assertThatThrownBy(() -> Tensor.zeros(DataType.F32, List.of(-1L)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Tensor.zeros(DataType.F32, List.of(2L)).reshape(List.of(3L)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void contentAndText() {
    Tensor a = Tensor.ofFloats(List.of(2L), 1, 2);
    assertThat(a.contentEquals(Tensor.ofFloats(List.of(2L), 1, 2))).isTrue();
    assertThat(a.contentEquals(Tensor.ofFloats(List.of(1L, 2L), 1, 2))).isFalse();
    assertThat(a).hasToString("f32[2][1.0, 2.0]");
    assertThat(a.reshape(List.of(2L, 1L)).toFloats()).containsExactly(1, 2);
  }

  @Property
  void halfPrecisionBitsAreThoseOfTheElements(@ForAll short[] bits) {
    Tensor tensor = Tensor.ofFloat16Bits(List.of((long) bits.length), bits);
    assertThat(tensor.toFloat16Bits()).isEqualTo(bits);
    double[] read = tensor.toDoubles();
    for (int i = 0; i < bits.length; i++) {
      assertThat(read[i]).isEqualTo(Double.valueOf(tensor.getDouble(i)));
    }
  }

  @Test
  void whatIsTooSmallForHalfPrecisionIsCounted() {
    float[] values = {0, -0f, 1e-30f, -1e-8f, 6e-8f, Float.NaN, 1e9f};
    Tensor floats = Tensor.ofFloats(List.of((long) values.length), values);
    RoundedToHalf rounded = RoundedToHalf.of(floats);
    assertThat(rounded.lostToZero()).isEqualTo(2);
    assertThat(rounded.tensor().toFloats())
        .containsExactly(0, -0f, 0, -0f, 0x1p-24f, Float.NaN, Float.POSITIVE_INFINITY);
    assertThatThrownBy(() -> RoundedToHalf.of(rounded.tensor()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(floats::toFloat16Bits).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void manyElementsAreRoundedBlockByBlock() {
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i) * (i % 3 == 0 ? 1e-7f : 100);
    }
    Tensor tensor = Tensor.ofFloats(List.of(100L, 1000L), values);
    RoundedToHalf rounded = RoundedToHalf.of(tensor);
    int lost = 0;
    short[] halves = rounded.tensor().toFloat16Bits();
    for (int i = 0; i < values.length; i++) {
      assertThat(halves[i]).isEqualTo(Float.floatToFloat16(values[i]));
      lost += Float.float16ToFloat(halves[i]) == 0 && values[i] != 0 ? 1 : 0;
    }
    assertThat(rounded.lostToZero()).isEqualTo(lost).isPositive();
  }
}
