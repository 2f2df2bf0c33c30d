package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Transposed convolutions as products, phase by phase, and in gather form.
class ConvolutionTransposeKernelTest {

  /// A transposed convolution; what is given for each axis has as many entries as there are spatial
  /// axes.
  private record Case(
      DataType type,
      long[] input,
      long outputs,
      long[] kernel,
      long[] stride,
      long[] dilation,
      long[] padBefore,
      long[] padAfter,
      long[] outputPadding,
      long groups) {

    static Case square(DataType type, long inputs, long outputs, long size, long kernel) {
      long[] one = {1, 1};
      long[] none = {0, 0};
      return new Case(
          type,
          new long[] {2, inputs, size, size + 1},
          outputs,
          new long[] {kernel, kernel},
          one,
          one,
          none,
          none,
          none,
          1);
    }

    Case step(long... by) {
      return new Case(
          type, input, outputs, kernel, by, dilation, padBefore, padAfter, outputPadding, groups);
    }

    Case dilated(long... by) {
      return new Case(
          type, input, outputs, kernel, stride, by, padBefore, padAfter, outputPadding, groups);
    }

    Case padded(long before, long after, long output) {
      return new Case(
          type,
          input,
          outputs,
          kernel,
          stride,
          dilation,
          new long[] {before, before},
          new long[] {after, after},
          new long[] {output, output},
          groups);
    }

    Case grouped(long count) {
      return new Case(
          type,
          input,
          outputs,
          kernel,
          stride,
          dilation,
          padBefore,
          padAfter,
          outputPadding,
          count);
    }

    Graph build(CaseBuilder b) {
      Layout layout = input.length == 4 ? Layout.NHWC : Layout.ROW_MAJOR;
      Value x = b.input(type, layout, input);
      long[] shape = new long[input.length];
      shape[0] = input[1];
      shape[1] = outputs / groups;
      System.arraycopy(kernel, 0, shape, 2, kernel.length);
      Value w = b.constant(type, shape);
      Value bias = b.constant(DataType.F32, outputs);
      Window window =
          new Window(list(kernel), list(stride), list(padBefore), list(padAfter), list(dilation));
      return b.graph(
          b.add(
              new ConvolutionTranspose(
                  x,
                  w,
                  type == DataType.F32 ? Optional.of(bias) : Optional.empty(),
                  window,
                  list(outputPadding),
                  groups),
              layout));
    }

    private static List<Long> list(long[] values) {
      return Arrays.stream(values).boxed().toList();
    }

    @Override
    public String toString() {
      return type
          + " "
          + Stream.of(input, kernel, stride, dilation, padBefore, padAfter, outputPadding)
              .map(Arrays::toString)
              .collect(Collectors.joining(" "))
          + " groups "
          + groups;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      cases.add(Case.square(type, 16, 24, 5, 2).step(2, 2));
      cases.add(Case.square(type, 8, 9, 4, 4).step(2, 2).padded(1, 1, 0));
      cases.add(Case.square(type, 13, 8, 4, 3).step(2, 2).padded(1, 1, 1));
      cases.add(Case.square(type, 8, 8, 5, 3));
      cases.add(Case.square(type, 8, 16, 5, 3).padded(1, 1, 0).dilated(2, 2));
      cases.add(Case.square(type, 8, 8, 4, 3).step(3, 2).padded(0, 1, 1));
      cases.add(Case.square(type, 8, 8, 4, 5).step(3, 3).padded(1, 1, 0));
      cases.add(Case.square(type, 16, 32, 4, 2).step(2, 2).grouped(2));
      cases.add(Case.square(type, 6, 6, 4, 4).step(2, 2).padded(1, 1, 0).grouped(6));
      cases.add(Case.square(type, 8, 8, 4, 1).step(2, 2).padded(0, 0, 1));
      cases.add(Case.square(type, 8, 8, 4, 3).dilated(3, 1).step(2, 2).padded(2, 1, 0));
      // A window that begins inside the input.
      cases.add(Case.square(type, 8, 8, 6, 2).padded(2, 0, 0));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyFormIsRight(Case own) {
    CaseBuilder b = new CaseBuilder(own.toString().hashCode());
    Graph graph = own.build(b);
    Value result = graph.outputs().getFirst().value();
    DeviceDescription device = DeviceDescription.shipped("h200");
    Tolerance tolerance = own.type() == DataType.F32 ? Tolerance.F32 : Tolerance.F16;
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 5)) {
      KernelHarness.check(b, graph, tolerance, program, device.architecture());
    }
    KernelHarness.check(b, graph, tolerance);
  }

  /// One and three axes, and channels that lie apart.
  @Test
  void otherAxesAreRight() {
    long[] one = {1};
    Case line =
        new Case(
            DataType.F32,
            new long[] {2, 5, 9},
            7,
            new long[] {4},
            new long[] {2},
            one,
            one,
            one,
            new long[] {0},
            1);
    long[] none = {0, 0, 0};
    Case volume =
        new Case(
            DataType.F32,
            new long[] {1, 4, 3, 4, 5},
            6,
            new long[] {2, 2, 3},
            new long[] {2, 2, 1},
            new long[] {1, 1, 1},
            none,
            none,
            none,
            1);
    for (Case own : List.of(line, volume)) {
      CaseBuilder b = new CaseBuilder(5);
      Graph graph = own.build(b);
      Value result = graph.outputs().getFirst().value();
      DeviceDescription device = DeviceDescription.shipped("h200");
      List<Program> programs = CodeGenerator.alternatives(graph, Set.of(), device, result, 8);
      for (Program program : programs) {
        KernelHarness.check(b, graph, Tolerance.F32, program, device.architecture());
      }
      assertThat(programs).as(own.toString()).anyMatch(p -> template(p).startsWith("gemm."));
    }
  }

  /// Where a stride does not divide the result, nothing but the gather form computes it.
  @Test
  void aStrideThatDoesNotDivideTheResultIsGathered() {
    Case own = Case.square(DataType.F16, 8, 8, 5, 3).step(2, 2).padded(1, 1, 0);
    CaseBuilder b = new CaseBuilder(6);
    Program program = KernelHarness.check(b, own.build(b), Tolerance.F16);
    assertThat(template(program)).doesNotStartWith("gemm.");
  }

  @Test
  void tensorCoresAreChosenWhereThereIsWork() {
    Case own = Case.square(DataType.F16, 64, 32, 24, 2).step(2, 2);
    CaseBuilder b = new CaseBuilder(7);
    Program program = KernelHarness.check(b, own.build(b), Tolerance.F16);
    assertThat(template(program)).isEqualTo("gemm.mma");
  }

  private static String template(Program program) {
    return program.kernels().getFirst().decision().template();
  }
}
