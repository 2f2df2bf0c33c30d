package dev.tuckerc.training.model;

import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrenceStep;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A recurrent layer, step after step, as [Recurrence] defines it.
final class RecurrentSteps {
  private final Recurrence op;
  private final RecurrenceStep step;
  private final Tensor gates;
  private final Tensor weight;
  private final Tensor bias;
  private final Optional<Tensor> peepholes;
  private Tensor h;
  private Tensor c;

  private RecurrentSteps(Recurrence op, List<Tensor> operands) {
    this.op = op;
    this.step = new RecurrenceStep(op, DataType.F32);
    this.gates = operands.get(0);
    this.weight = operands.get(1);
    this.bias = operands.get(2);
    this.h = operands.get(3).select(0, 0);
    this.c = operands.get(3).select(0, op.kind().states() - 1);
    this.peepholes = op.peepholes().map(_ -> operands.get(4));
  }

  /// @param operands of the operation, which has no lengths
  static Tensor run(Recurrence op, List<Tensor> operands) {
    return new RecurrentSteps(op, operands).run();
  }

  private Tensor run() {
    int steps = Math.toIntExact(gates.size(0));
    Tensor[] rows = new Tensor[steps];
    for (int i = 0; i < steps; i++) {
      int at = op.reverse() ? steps - 1 - i : i;
      Tensor input = gates.select(0, at);
      switch (op.kind()) {
        case RNN -> h = evaluate(step.gate(), sum(input, 0, h));
        case GRU, GRU_RESET_AFTER -> h = gru(input);
        case LSTM -> {
          c = cell(input);
          h = output(input);
        }
      }
      rows[at] = h;
    }
    TensorVector all = new TensorVector(rows);
    all.push_back(h);
    if (op.kind().states() > 1) {
      all.push_back(c);
    }
    return torch.stack(all, 0);
  }

  private Tensor gru(Tensor input) {
    Tensor update = evaluate(step.gate(), sum(input, 0, h));
    Tensor reset = evaluate(step.gate(), sum(input, 1, h));
    Tensor candidate =
        op.kind() == Recurrence.Kind.GRU
            ? sum(input, 2, reset.mul(h))
            : gate(input, 2).add(reset.mul(linear(2, h)));
    return evaluate(step.blend(), update, candidate, h);
  }

  private Tensor cell(Tensor input) {
    List<Tensor> operands =
        new ArrayList<>(List.of(sum(input, 0, h), sum(input, 2, h), sum(input, 3, h), c));
    peepholes.ifPresent(_ -> operands.addAll(List.of(peephole(0), peephole(2))));
    return ScalarFunctions.evaluate(step.cell(), operands);
  }

  /// Reads the cell of this step and the state of the step before.
  private Tensor output(Tensor input) {
    List<Tensor> operands = new ArrayList<>(List.of(sum(input, 1, h), c));
    peepholes.ifPresent(_ -> operands.add(peephole(1)));
    return ScalarFunctions.evaluate(step.output(), operands);
  }

  private Tensor peephole(int gate) {
    return peepholes.orElseThrow().narrow(0, gate * op.hidden(), op.hidden());
  }

  private Tensor sum(Tensor input, int gate, Tensor state) {
    return gate(input, gate).add(linear(gate, state));
  }

  private Tensor gate(Tensor input, int gate) {
    return input.narrow(-1, gate * op.hidden(), op.hidden());
  }

  /// `state*weight + bias` in the columns of one gate.
  private Tensor linear(int gate, Tensor state) {
    Tensor columns = weight.narrow(1, gate * op.hidden(), op.hidden());
    return torch.matmul(state, columns).add(bias.narrow(0, gate * op.hidden(), op.hidden()));
  }

  private static Tensor evaluate(ScalarExpression body, Tensor... operands) {
    return ScalarFunctions.evaluate(body, List.of(operands));
  }
}
