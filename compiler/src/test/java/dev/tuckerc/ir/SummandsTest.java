package dev.tuckerc.ir;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.tensor.DataType;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SummandsTest {
  private static final ScalarExpression X0 = new Operand(0);
  private static final ScalarExpression X1 = new Operand(1);
  private static final ScalarExpression X2 = new Operand(2);

  private static ScalarExpression add(ScalarExpression left, ScalarExpression right) {
    return new Binary(BinaryFunction.ADD, left, right);
  }

  private static ScalarExpression relu(ScalarExpression argument) {
    return new Unary(UnaryFunction.RELU, argument);
  }

  private static ScalarExpression f32(ScalarExpression argument) {
    return new Convert(DataType.F32, argument);
  }

  @Test
  void aSummandIsOnlyAdded() {
    assertThat(Summands.isSummand(X0, 0)).isTrue();
    assertThat(Summands.isSummand(add(X1, f32(add(X0, X2))), 0)).isTrue();
    assertThat(Summands.isSummand(relu(X0), 0)).isFalse();
    assertThat(Summands.isSummand(add(relu(X0), X1), 0)).isFalse();
    assertThat(Summands.isSummand(add(X0, X0), 0)).isFalse();
    assertThat(Summands.isSummand(new Binary(BinaryFunction.SUBTRACT, X1, X0), 0)).isFalse();
    assertThat(Summands.isSummand(new Convert(DataType.I32, X0), 0)).isFalse();
  }

  @Test
  void whatElseIsAddedRemains() {
    assertThat(Summands.without(X0, 0)).isEmpty();
    assertThat(Summands.without(f32(X0), 0)).isEmpty();
    assertThat(Summands.without(add(X0, X1), 0)).contains(X1);
    assertThat(Summands.without(add(f32(add(X2, X0)), X1), 0)).contains(add(f32(X2), X1));
  }

  @Test
  void twoSummandsOfOneSumAreJoined() {
    assertThat(Summands.joined(relu(add(f32(X1), f32(X0))), 0, 1, Optional.empty()))
        .contains(relu(f32(X0)));
    assertThat(Summands.joined(relu(add(f32(X1), f32(X0))), 0, 1, Optional.of(X2)))
        .contains(relu(add(f32(X0), f32(X2))));
    assertThat(Summands.joined(add(add(X0, X2), X1), 0, 1, Optional.empty())).contains(add(X0, X2));
  }

  @Test
  void othersAreNot() {
    // The sum is clipped before the other comes to it; one is a factor; one is used twice.
    assertThat(Summands.joined(add(relu(X0), X1), 0, 1, Optional.empty())).isEmpty();
    ScalarExpression product = new Binary(BinaryFunction.MULTIPLY, X0, X1);
    assertThat(Summands.joined(product, 0, 1, Optional.empty())).isEmpty();
    assertThat(Summands.joined(add(add(X0, X1), X1), 0, 1, Optional.empty())).isEmpty();
    assertThat(Summands.joined(X0, 0, 1, Optional.empty())).isEmpty();
  }
}
