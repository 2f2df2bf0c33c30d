package dev.tuckerc.lab.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.run.ReopenableDevice;
import dev.tuckerc.lab.verify.FaultyDevice.Fault;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Three sides, one of which is made faulty.
class CaseVerifierTest {
  private static final List<KernelCase> CASES =
      List.of(
          KernelGrid.named("pointwise/f32/relu-1009"),
          KernelGrid.named("reduce/f32/sum-last-3x37"),
          KernelGrid.named("softmax/f32/last-3x7"));

  private static List<CaseResult> verify(Fault fault, EmulatorUse use, int candidates) {
    FaultyDevice gpu = new FaultyDevice(fault);
    try (ReopenableDevice device = new ReopenableDevice(gpu, gpu::reopened);
        EmulatedDevice emulator = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true))) {
      return new CaseVerifier(
              new Sides(Optional.of(device), emulator, use),
              CachedKernelCompiler.standard(),
              DeviceDescription.shipped("h200"),
              candidates)
          .verify(CASES, Budget.unlimited(), Progress.silent());
    }
  }

  @Test
  void agreesThreeWays() {
    List<CaseResult> results = verify(Fault.NONE, EmulatorUse.AUTO, 2);
    // The reduction and the softmax have a second candidate.
    assertThat(results.stream().map(CaseResult::label))
        .containsExactly(
            "pointwise/f32/relu-1009",
            "reduce/f32/sum-last-3x37",
            "reduce/f32/sum-last-3x37#1",
            "softmax/f32/last-3x7",
            "softmax/f32/last-3x7#1");
    for (CaseResult result : results) {
      assertThat(result.comparison().verdict()).as(result.label()).isEqualTo(Verdict.AGREE);
      Mutual mutual = result.comparison().mutual().orElseThrow();
      assertThat(mutual.sameBits()).isEqualTo(mutual.elements()).isPositive();
      KernelFigures kernel = result.kernels().getFirst();
      assertThat(kernel.resources().registers()).isPositive();
      assertThat(kernel.counted().orElseThrow().instructions()).isPositive();
    }
  }

  @Test
  void findsTheWrongSide() {
    for (CaseResult result : verify(Fault.WRONG_ELEMENT, EmulatorUse.ALWAYS, 1)) {
      ThreeWay comparison = result.comparison();
      assertThat(comparison.verdict()).isEqualTo(Verdict.GPU_DIFFERS);
      assertThat(comparison.suspect()).startsWith("the GPU");
      Mutual mutual = comparison.mutual().orElseThrow();
      assertThat(mutual.sameBits()).isEqualTo(mutual.elements() - 1);
      assertThat(((Side.Compared) comparison.gpu()).deviation().worstIndex()).isZero();
    }
    for (CaseResult result : verify(Fault.WRONG_ELEMENT, EmulatorUse.NEVER, 1)) {
      assertThat(result.comparison().verdict()).isEqualTo(Verdict.GPU_DIFFERS);
      assertThat(result.comparison().emulator().ran()).isFalse();
    }
  }

  @Test
  void aFaultEndsOneCaseAlone() {
    List<CaseResult> results = verify(Fault.UNTIL_REOPENED, EmulatorUse.AUTO, 1);
    assertThat(results).hasSize(3);
    for (CaseResult result : results) {
      assertThat(result.comparison().verdict()).isEqualTo(Verdict.GPU_DIFFERS);
      assertThat(result.comparison().gpu().text())
          .isEqualTo("failed: an illegal address was accessed");
    }
  }

  @Test
  void aGpuThatTakesNoMoreWorkIsNotAskedAgain() {
    List<CaseResult> results = verify(Fault.FOR_EVER, EmulatorUse.AUTO, 1);
    assertThat(results.getFirst().comparison().verdict()).isEqualTo(Verdict.GPU_DIFFERS);
    for (CaseResult result : results.subList(1, 3)) {
      // The emulator alone is right: that is no mismatch, and the table says who did not run.
      assertThat(result.comparison().verdict()).isEqualTo(Verdict.AGREE);
      assertThat(result.comparison().gpu().text())
          .isEqualTo(
              "not run: the GPU takes no more work from this process since"
                  + " pointwise/f32/relu-1009 failed on it");
    }
  }
}
