package dev.tuckerc.lab.report.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogScaleTest {
  @Test
  void beginsAndEndsAtRoundValues() {
    LogScale scale = LogScale.around(3.1, 420, 0, 100);
    assertThat(scale.low()).isCloseTo(2, within(1e-9));
    assertThat(scale.high()).isCloseTo(500, within(1e-9));
    assertThat(scale.at(scale.low())).isZero();
    assertThat(scale.at(scale.high())).isCloseTo(100, within(1e-9));
    assertThat(scale.ticks()).hasSize(8).startsWith(2.0, 5.0, 10.0);
  }

  @Test
  void roundValuesStayAsTheyAre() {
    LogScale scale = LogScale.around(10, 1000, 100, 0);
    assertThat(scale.low()).isCloseTo(10, within(1e-9));
    assertThat(scale.high()).isCloseTo(1000, within(1e-9));
    assertThat(scale.at(100)).isCloseTo(50, within(1e-9));
  }

  @Test
  void oneValueStillMakesAnAxis() {
    LogScale scale = LogScale.around(5, 5, 0, 100);
    assertThat(scale.high()).isGreaterThan(scale.low());
    assertThat(scale.at(5)).isBetween(0.0, 100.0);
  }

  @Test
  void hasPowersOfTenOnlyOverManyDecades() {
    assertThat(LogScale.around(0.1, 10_000, 0, 1).ticks()).hasSize(6);
    assertThat(LogScale.label(0.5)).isEqualTo("0.5");
    assertThat(LogScale.label(10_000)).isEqualTo("10,000");
  }

  @Test
  void refusesWhatHasNoLogarithm() {
    assertThatThrownBy(() -> LogScale.around(0, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LogScale.around(2, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
