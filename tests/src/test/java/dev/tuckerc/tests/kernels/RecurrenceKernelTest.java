package dev.tuckerc.tests.kernels;

import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Recurrence.Kind;
import dev.tuckerc.ir.RecurrentActivation;
import dev.tuckerc.ir.RecurrentActivation.Function;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Recurrent layers of every kind and activation, forwards and backwards, against the reference.
class RecurrenceKernelTest {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final long BATCH = 2;

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void matchesTheReference(String name, OperationCases.Case test) {
    OperationCases.check(name, test);
  }

  static Stream<Arguments> matchesTheReference() {
    List<Arguments> cases = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (DataType type : List.of(DataType.F32, DataType.F16, DataType.F64)) {
        for (boolean reverse : List.of(false, true)) {
          OperationCases.add(
              cases,
              kind + " " + type + (reverse ? " reverse" : ""),
              ROWS,
              type == DataType.F16 ? new Tolerance(1e-2, 1e-2) : Tolerance.F32,
              b -> layer(b, kind, type, 7, 5, reverse, Function.TANH));
        }
      }
    }
    for (Function function : Function.values()) {
      OperationCases.add(
          cases,
          "LSTM of " + function,
          ROWS,
          Tolerance.F32,
          b -> layer(b, Kind.LSTM, DataType.F32, 3, 5, false, function));
    }
    // More units than threads, and many steps.
    OperationCases.add(
        cases,
        "a wide layer",
        ROWS,
        new Tolerance(2e-4, 2e-4),
        b -> layer(b, Kind.GRU, DataType.F32, 2, 530, false, Function.TANH));
    OperationCases.add(
        cases,
        "a long sequence",
        ROWS,
        new Tolerance(1e-4, 1e-4),
        b -> layer(b, Kind.LSTM, DataType.F32, 70, 33, true, Function.TANH));
    return cases.stream();
  }

  private static Recurrence layer(
      CaseBuilder b,
      Kind kind,
      DataType type,
      long steps,
      long hidden,
      boolean reverse,
      Function function) {
    long columns = kind.gates() * hidden;
    List<RecurrentActivation> activations = new ArrayList<>();
    for (int i = 0; i < kind.activations(); i++) {
      Function own = i == 0 && kind != Kind.RNN ? Function.SIGMOID : function;
      activations.add(
          new RecurrentActivation(own, own.defaultAlpha() * 0.5, own.defaultBeta() * 0.5));
    }
    boolean full = kind == Kind.LSTM && reverse;
    return new Recurrence(
        kind,
        b.input(type, ROWS, steps, BATCH, columns),
        b.constant(small(b, type, hidden, columns)),
        b.constant(type, columns),
        b.input(type, ROWS, kind.states(), BATCH, hidden),
        full ? Optional.of(b.constant(type, 3 * hidden)) : Optional.empty(),
        reverse
            ? Optional.of(b.input(Tensor.ofLongs(List.of(BATCH), 1, steps), ROWS))
            : Optional.empty(),
        activations,
        full ? 0.7 : Double.POSITIVE_INFINITY,
        full && hidden == 5,
        reverse);
  }

  /// Weights that keep the sums of many units within the activations' slope.
  private static Tensor small(CaseBuilder b, DataType type, long hidden, long columns) {
    Tensor weights = b.random(type, hidden, columns);
    for (int i = 0; i < weights.size(); i++) {
      weights.setDouble(i, weights.getDouble(i) / Math.sqrt(hidden));
    }
    return weights;
  }
}
