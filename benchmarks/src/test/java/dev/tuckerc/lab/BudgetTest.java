package dev.tuckerc.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private final AtomicLong now = new AtomicLong(1_000);

  @Test
  void allowsStepsUntilTheTimeIsUp() {
    Budget budget = new Budget(now::get, 10);
    assertThat(budget.allows("first")).isTrue();
    pass(4);
    assertThat(budget.remainingSeconds()).isEqualTo(6);
    assertThat(budget.allows("fits", 6)).isTrue();
    assertThat(budget.allows("too long", 6.5)).isFalse();
    assertThat(budget.allows("short")).isTrue();
    pass(7);
    assertThat(budget.remainingSeconds()).isZero();
    assertThat(budget.allows("late")).isFalse();
    assertThat(budget.leftOut()).containsExactly("too long", "late");
  }

  @Test
  void aShareIsOfTheTimeLeftAndReportsItsOwnSteps() {
    Budget budget = new Budget(now::get, 10);
    pass(6);
    Budget half = budget.share(0.5);
    assertThat(half.remainingSeconds()).isEqualTo(2);
    pass(3);
    assertThat(half.allows("step")).isFalse();
    assertThat(budget.allows("other")).isTrue();
    assertThat(half.leftOut()).containsExactly("step");
    assertThat(budget.leftOut()).isEmpty();
    pass(2);
    Budget nothing = budget.share(1);
    pass(1);
    assertThat(nothing.allows("never")).isFalse();
  }

  @Test
  void aResultSaysWhatWasLeftOut() {
    Budget budget = new Budget(now::get, 1);
    pass(2);
    budget.allows("bench resnet18");
    ObjectNode data = Output.object();
    budget.addTo(data);
    assertThat(data.toString())
        .isEqualTo(
            "{\"budget\":{\"seconds\":1.0,\"usedSeconds\":2.0,\"leftOut\":[\"bench resnet18\"]}}");
  }

  @Test
  void withoutALimitEverythingIsAllowed() {
    Budget budget = Budget.unlimited();
    assertThat(budget.allows("long", 1e12)).isTrue();
    assertThat(budget.share(0.1).isUnlimited()).isTrue();
    ObjectNode data = Output.object();
    budget.addTo(data);
    assertThat(data.at("/budget/seconds").isNull()).isTrue();
  }

  @Test
  void refusesNoTime() {
    assertThatThrownBy(() -> Budget.ofSeconds(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Budget.ofSeconds(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void pass(long seconds) {
    now.addAndGet(seconds * 1_000_000_000L);
  }
}
