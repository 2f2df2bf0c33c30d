package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/// Runs a graph's generated kernels on the emulated device and compares them with the reference
/// interpreter.
///
/// Usage: build a graph with [CaseBuilder], then call [#check].
final class KernelHarness {
  private static final KernelCompiler COMPILER = CachedKernelCompiler.standard();
  private static final Device DEVICE =
      new EmulatedDevice(EmulatorOptions.DEFAULT.withChecks(Check.ALL));

  private KernelHarness() {}

  /// How far a result may be from the reference: `absolute + relative * |reference|`, and `ofRange`
  /// times the largest magnitude of the reference.
  record Tolerance(double absolute, double relative, double ofRange) {
    Tolerance(double absolute, double relative) {
      this(absolute, relative, 0);
    }

    static final Tolerance EXACT = new Tolerance(0, 0);
    static final Tolerance F32 = new Tolerance(2e-5, 2e-5);
    static final Tolerance F16 = new Tolerance(4e-3, 4e-3);

    /// Several roundings to f16 one after the other, the later ones of sums that may cancel.
    static final Tolerance F16_CHAIN = new Tolerance(4e-3, 4e-3, 4e-3);

    double of(double reference, double largest) {
      // The largest may be infinite.
      double range = ofRange == 0 ? 0 : ofRange * largest;
      return absolute + relative * Math.abs(reference) + range;
    }
  }

  /// Generates for an H200, runs on the emulator, compares every output.
  static Program check(CaseBuilder builder, Graph graph, Tolerance tolerance) {
    return check(builder, graph, tolerance, DeviceDescription.shipped("h200"));
  }

  /// Generates for a device, runs on the emulator, compares every output.
  static Program check(
      CaseBuilder builder, Graph graph, Tolerance tolerance, DeviceDescription device) {
    Program program = CodeGenerator.generate(graph, Set.of(), device);
    check(builder, graph, tolerance, program, device.architecture());
    return program;
  }

  /// Runs a program on the emulator and compares every output of its graph.
  static void check(
      CaseBuilder builder, Graph graph, Tolerance tolerance, Program program, String architecture) {
    Map<String, Tensor> actual = run(graph, program, builder.feeds(), architecture);
    Map<String, Tensor> expected = Interpreter.run(graph, builder.feeds());
    expected.forEach((name, tensor) ->
        compare(
            name + " of " + program.kernels().getFirst().decision().parameters(),
            actual.get(name),
            tensor,
            tolerance));
  }

  /// Runs a program; each value has its own buffer of exactly its size, so that the emulator sees
  /// any access outside it.
  static Map<String, Tensor> run(
      Graph graph, Program program, Map<String, Tensor> feeds, String architecture) {
    CompiledProgram compiled = CompiledProgram.of(program, COMPILER, architecture);
    assertThat(PredecessorOrder.violations(compiled)).isEmpty();
    try (LoadedProgram loaded = LoadedProgram.load(DEVICE, graph, compiled)) {
      LoadedProgram.Copy copy = loaded.copy(feeds);
      copy.launches().forEach(DEVICE::launch);
      return copy.outputs();
    }
  }

  static void compare(String what, Tensor actual, Tensor expected, Tolerance tolerance) {
    assertThat(actual.type()).as(what).isEqualTo(expected.type());
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getDouble(i)));
    }
    int wrong = 0;
    String first = "";
    for (int i = 0; i < expected.size(); i++) {
      double a = actual.getDouble(i);
      double e = expected.getDouble(i);
      boolean same = a == e || Double.isNaN(a) && Double.isNaN(e);
      if (!same && !(Math.abs(a - e) <= tolerance.of(e, largest))) {
        if (wrong++ == 0) {
          first = "element " + i + " is " + a + " instead of " + e;
        }
      }
    }
    assertThat(wrong)
        .as("%s: wrong elements of %d; first: %s", what, expected.size(), first)
        .isZero();
  }
}
