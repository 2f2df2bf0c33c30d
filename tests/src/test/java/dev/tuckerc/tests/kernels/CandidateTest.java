package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Candidates of a kernel by rank and by parameters.
class CandidateTest {
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

  /// A candidate can be named by its rank and by its parameters.
  @Test
  void candidatesCanBeChosen() {
    KernelCase.Instance instance = KernelGrid.named("gemm.mma/f16/conv-11x7-13to17-k3").build();
    List<Program> best =
        CodeGenerator.best(instance.graph(), Set.of(), TARGET, instance.varied(), 4);
    assertThat(best).hasSize(4);
    double before = 0;
    for (int rank = 0; rank < best.size(); rank++) {
      Decision decision = best.get(rank).kernels().getFirst().decision();
      assertThat(decision.estimate().microseconds()).isGreaterThanOrEqualTo(before);
      before = decision.estimate().microseconds();
      Program named =
          CodeGenerator.withParameters(
              instance.graph(),
              Set.of(),
              TARGET,
              instance.varied(),
              decision.template(),
              decision.parameters());
      assertThat(named.kernels().getFirst().source())
          .isEqualTo(best.get(rank).kernels().getFirst().source());
    }
    assertThatThrownBy(() ->
            CodeGenerator.withParameters(
                instance.graph(), Set.of(), TARGET, instance.varied(), "gemm.mma", Map.of()))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("is gemm.mma with {}");
    assertThatThrownBy(() ->
            CodeGenerator.withCandidate(
                instance.graph(), Set.of(), TARGET, instance.varied(), 100_000))
        .isInstanceOf(CodegenException.class)
        .hasMessageContaining("none of rank 100000");
    assertThatThrownBy(() ->
            CodeGenerator.withCandidate(
                instance.graph(), Set.of(), TARGET, instance.graph().inputs().getFirst(), 0))
        .hasMessageContaining("is the result of no node that needs a kernel");
  }
}
