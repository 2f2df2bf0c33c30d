package dev.tuckerc.tests.kernels;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.provider.Arguments;

/// Cases of operations: each runs on the emulated device against the reference interpreter.
final class OperationCases {
  private OperationCases() {}

  /// One operation on operands that a builder makes.
  record Case(Layout resultLayout, Tolerance tolerance, Function<CaseBuilder, Op> op) {}

  /// Runs a case, on inputs that depend on its name.
  static void check(String name, Case test) {
    CaseBuilder builder = new CaseBuilder(name.hashCode());
    Op op = test.op().apply(builder);
    Value result = builder.add(op, test.resultLayout());
    KernelHarness.check(builder, builder.graph(result), test.tolerance());
  }

  static void add(
      List<Arguments> cases,
      String name,
      Layout layout,
      Tolerance tolerance,
      Function<CaseBuilder, Op> op) {
    cases.add(arguments(name, new Case(layout, tolerance, op)));
  }

  /// A case whose results must be the same bits.
  static void exact(
      List<Arguments> cases, String name, Layout layout, Function<CaseBuilder, Op> op) {
    add(cases, name, layout, Tolerance.EXACT, op);
  }
}
