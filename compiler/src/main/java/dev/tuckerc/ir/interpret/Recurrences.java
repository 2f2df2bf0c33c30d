package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrenceStep;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One direction of a recurrent layer, in float64.
final class Recurrences {
  private final Recurrence op;
  private final RecurrenceStep step;
  private final int steps;
  private final int batch;
  private final int hidden;
  private final int columns;
  private final double[] gates;
  private final double[] weight;
  private final double[] bias;
  private final double[] peepholes;
  private final long[] lengths;
  private final double[] h;
  private final double[] c;

  private Recurrences(Recurrence op, List<Tensor> x) {
    this.op = op;
    this.step = new RecurrenceStep(op, DataType.F64);
    this.steps = x.get(0).dimension(0);
    this.batch = x.get(0).dimension(1);
    this.hidden = x.get(1).dimension(0);
    this.columns = x.get(1).dimension(1);
    this.gates = x.get(0).toDoubles();
    this.weight = x.get(1).toDoubles();
    this.bias = x.get(2).toDoubles();
    double[] initial = x.get(3).toDoubles();
    this.h = Arrays.copyOfRange(initial, 0, batch * hidden);
    this.c = Arrays.copyOfRange(initial, (op.kind().states() - 1) * batch * hidden, initial.length);
    this.peepholes = op.peepholes().isPresent() ? x.get(4).toDoubles() : new double[0];
    this.lengths = op.lengths().isPresent() ? x.getLast().toLongs() : new long[0];
  }

  static Tensor run(Recurrence op, List<Tensor> x, List<Long> shape) {
    return new Recurrences(op, x).run(x.getFirst().type(), shape);
  }

  private Tensor run(DataType type, List<Long> shape) {
    int size = batch * hidden;
    double[] y = new double[Tensor.elementCount(shape)];
    for (int i = 0; i < steps; i++) {
      int at = op.reverse() ? steps - 1 - i : i;
      double[] cell = op.kind() == Recurrence.Kind.LSTM ? cell(at) : c;
      double[] next =
          switch (op.kind()) {
            case RNN -> evaluate(step.gate(), sums(at, 0, h));
            case GRU, GRU_RESET_AFTER -> gru(at);
            case LSTM -> output(at, cell);
          };
      for (int row = 0; row < batch; row++) {
        if (lengths.length > 0 && at >= lengths[row]) {
          continue;
        }
        System.arraycopy(next, row * hidden, y, at * size + row * hidden, hidden);
        System.arraycopy(next, row * hidden, h, row * hidden, hidden);
        System.arraycopy(cell, row * hidden, c, row * hidden, hidden);
      }
    }
    System.arraycopy(h, 0, y, steps * size, size);
    if (op.kind().states() > 1) {
      System.arraycopy(c, 0, y, (steps + 1) * size, size);
    }
    return Elements.ofDoubles(type, shape, y);
  }

  private double[] gru(int at) {
    double[] update = evaluate(step.gate(), sums(at, 0, h));
    double[] reset = evaluate(step.gate(), sums(at, 1, h));
    double[] candidate;
    if (op.kind() == Recurrence.Kind.GRU) {
      double[] gated = new double[h.length];
      Arrays.setAll(gated, i -> reset[i] * h[i]);
      candidate = sums(at, 2, gated);
    } else {
      double[] linear = linear(2, h);
      candidate = input(at, 2);
      for (int i = 0; i < candidate.length; i++) {
        candidate[i] += reset[i] * linear[i];
      }
    }
    return evaluate(step.blend(), update, candidate, h);
  }

  private double[] cell(int at) {
    List<double[]> operands =
        new ArrayList<>(List.of(sums(at, 0, h), sums(at, 2, h), sums(at, 3, h), c));
    if (peepholes.length > 0) {
      operands.add(peephole(0));
      operands.add(peephole(2));
    }
    return evaluate(step.cell(), operands.toArray(double[][]::new));
  }

  private double[] output(int at, double[] cell) {
    double[] sum = sums(at, 1, h);
    return peepholes.length > 0
        ? evaluate(step.output(), sum, cell, peephole(1))
        : evaluate(step.output(), sum, cell);
  }

  private double[] peephole(int gate) {
    double[] values = new double[batch * hidden];
    Arrays.setAll(values, i -> peepholes[gate * hidden + i % hidden]);
    return values;
  }

  private double[] sums(int at, int gate, double[] state) {
    double[] sums = linear(gate, state);
    double[] input = input(at, gate);
    for (int i = 0; i < sums.length; i++) {
      sums[i] += input[i];
    }
    return sums;
  }

  private double[] input(int at, int gate) {
    double[] values = new double[batch * hidden];
    Arrays.setAll(
        values, i -> gates[(at * batch + i / hidden) * columns + gate * hidden + i % hidden]);
    return values;
  }

  /// `state*weight + bias` in the columns of one gate.
  private double[] linear(int gate, double[] state) {
    double[] sums = new double[batch * hidden];
    for (int row = 0; row < batch; row++) {
      for (int j = 0; j < hidden; j++) {
        sums[row * hidden + j] = bias[gate * hidden + j];
      }
      for (int k = 0; k < hidden; k++) {
        double factor = state[row * hidden + k];
        int from = k * columns + gate * hidden;
        for (int j = 0; j < hidden; j++) {
          sums[row * hidden + j] += factor * weight[from + j];
        }
      }
    }
    return sums;
  }

  private double[] evaluate(ScalarExpression body, double[]... operands) {
    List<Long> shape = List.of((long) batch * hidden);
    List<Tensor> tensors =
        Arrays.stream(operands).map(values -> Tensor.ofDoubles(shape, values)).toList();
    return ScalarProgram.of(body, tensors).run(tensors, shape).toDoubles();
  }
}
