package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions by a shared basis with sparse coefficients (PENNI).
class BasisConvolutionKernelTest {
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

  /// @param zeros share of the coefficients
  private record Case(
      DataType type, int in, int out, int kernels, Window window, int h, int w, double zeros) {
    Tensor basis(CaseBuilder b) {
      return b.random(type, kernels, window.kernel().get(0), window.kernel().get(1));
    }

    /// The second output's are all zero.
    Tensor coefficients(CaseBuilder b) {
      Tensor coefficients = b.random(type, out, (long) in * kernels);
      Random random = new Random(out);
      for (int i = 0; i < coefficients.size(); i++) {
        if (random.nextDouble() < zeros || i / (in * kernels) == 1) {
          coefficients.setDouble(i, 0);
        }
      }
      return coefficients;
    }

    BasisConvolution operation(CaseBuilder b) {
      return operation(b, basis(b), coefficients(b));
    }

    BasisConvolution operation(CaseBuilder b, Tensor basis, Tensor coefficients) {
      long nonzeros =
          IntStream.range(0, coefficients.size())
              .filter(i -> coefficients.getDouble(i) != 0)
              .count();
      return new BasisConvolution(
          b.input(type, Layout.NHWC, 2, in, h, w),
          b.constant(basis),
          b.constant(coefficients),
          Optional.of(b.constant(type, out)),
          window,
          nonzeros,
          new Epilogue(new Unary(UnaryFunction.RELU, new Operand(0)), List.of()));
    }
  }

  private static Window window(long kernel, long stride, long pad, long dilation) {
    return new Window(
        Collections.nCopies(2, kernel),
        Collections.nCopies(2, stride),
        Collections.nCopies(2, pad),
        Collections.nCopies(2, pad),
        Collections.nCopies(2, dilation));
  }

  static Stream<Case> cases() {
    DataType f = DataType.F32;
    return Stream.of(
        new Case(f, 1, 2, 1, window(1, 1, 0, 1), 1, 1, 0),
        new Case(f, 5, 7, 2, window(3, 1, 1, 1), 9, 7, 0.5),
        new Case(f, 33, 20, 5, window(3, 2, 1, 1), 11, 13, 0.9),
        new Case(f, 16, 70, 3, window(3, 1, 2, 2), 8, 8, 0.8),
        new Case(f, 12, 8, 2, window(5, 1, 0, 1), 9, 9, 0.7),
        new Case(f, 40, 12, 1, window(1, 1, 0, 1), 6, 6, 0.95),
        new Case(f, 9, 4, 2, window(3, 1, 1, 1), 5, 5, 1),
        new Case(DataType.F16, 24, 16, 5, window(3, 1, 1, 1), 7, 9, 0.9),
        new Case(DataType.BF16, 8, 9, 2, window(3, 1, 1, 1), 6, 5, 0.5));
  }

  /// Candidates from the best to the worst, at shapes where tiles do not fit.
  @ParameterizedTest
  @MethodSource("cases")
  void computesEdgeShapes(Case one) {
    CaseBuilder b = new CaseBuilder(one.hashCode());
    Graph graph = b.graph(b.add(one.operation(b), Layout.NHWC));
    Value result = graph.outputs().getFirst().value();
    Tolerance tolerance =
        switch (one.type()) {
          case F16 -> Tolerance.F16;
          case BF16 -> new Tolerance(0.03, 0.03);
          default -> Tolerance.F32;
        };
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), TARGET, result, 6)) {
      KernelHarness.check(b, graph, tolerance, program, TARGET.architecture());
    }
  }

  /// What the model says of bytes and of shared memory is what the emulator counts.
  @Test
  void theModelAgreesWithTheCounters() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      CaseBuilder b = new CaseBuilder(7);
      Case one = new Case(type, 64, 64, 5, window(3, 1, 1, 1), 20, 20, 0.9);
      Graph graph = b.graph(b.add(one.operation(b), Layout.NHWC));
      Value result = graph.outputs().getFirst().value();
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), TARGET, result, 5)) {
        GeneratedKernel kernel = program.launches().getFirst().kernel();
        KernelCounters counted = count(b, graph, program).getFirst();
        KernelWork work = kernel.work();
        String what = type + " " + kernel.decision().parameters();
        assertThat(work.bytesPerBlock() * work.blocks())
            .as(what + ": bytes")
            .isCloseTo(counted.blockSectors() * SectorSet.BYTES, Percentage.withPercentage(10));
        assertThat(work.sharedBytesPerBlock() * work.blocks())
            .as(what + ": shared memory")
            .isCloseTo(
                counted.sharedLoadBytes() + counted.sharedStoreBytes(),
                Percentage.withPercentage(10));
        assertThat(work.instructionsPerBlock() * work.blocks() / (32.0 * counted.instructions()))
            .as(what + ": instructions")
            .isBetween(0.4, 1.5);
      }
    }
  }

  /// 128 to 128 channels, a basis of 5 kernels (methods of PENNI): the sparser, the less work, and
  /// beyond 90 % zeros less than the plain convolution does.
  @Test
  void sparseCoefficientsAreLessWork() {
    double former = Double.POSITIVE_INFINITY;
    for (double zeros : new double[] {0, 0.9, 0.97}) {
      CaseBuilder b = new CaseBuilder(3);
      Case one = new Case(DataType.F32, 128, 128, 5, window(3, 1, 1, 1), 10, 10, zeros);
      Tensor basis = one.basis(b);
      Tensor coefficients = one.coefficients(b);
      BasisConvolution op = one.operation(b, basis, coefficients);
      Value sparse = b.add(op, Layout.NHWC);
      Tensor weight = BasisConvolution.weight(basis, coefficients).convert(DataType.F32);
      Value plain =
          b.add(
              new Convolution(
                  op.input(), b.constant(weight), op.bias(), op.window(), 1, op.epilogue()),
              Layout.NHWC);
      Graph graph = b.graph(sparse, plain);
      List<KernelCounters> counted =
          count(b, graph, CodeGenerator.generate(graph, Set.of(), TARGET));
      double instructions = counted.get(0).instructions();
      assertThat(instructions).isLessThan(former);
      former = instructions;
      if (zeros > 0) {
        assertThat(instructions).as("%s zeros", zeros).isLessThan(counted.get(1).instructions());
      }
    }
  }

  /// Counters of each launch of a program, whose results agree with the reference.
  private static List<KernelCounters> count(CaseBuilder b, Graph graph, Program program) {
    CompiledProgram compiled =
        CompiledProgram.of(program, CachedKernelCompiler.standard(), TARGET.architecture());
    List<KernelCounters> counted = new ArrayList<>();
    try (EmulatedDevice emulator = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true));
        LoadedProgram loaded = LoadedProgram.load(emulator, graph, compiled)) {
      LoadedProgram.Copy copy = loaded.copy(b.feeds());
      for (KernelLaunch launch : copy.launches()) {
        emulator.launch(launch);
        emulator.synchronize();
        counted.add(emulator.lastCounters());
      }
      Interpreter.run(graph, b.feeds())
          .forEach((name, expected) ->
              KernelHarness.compare(name, copy.outputs().get(name), expected, Tolerance.F16_CHAIN));
    }
    return counted;
  }
}
