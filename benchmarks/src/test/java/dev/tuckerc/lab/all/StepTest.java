package dev.tuckerc.lab.all;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.lab.all.StepResult.Outcome;
import dev.tuckerc.lab.process.LabProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepTest {

  @Test
  void sharesAreTheWhole() {
    assertThat(Arrays.stream(Step.values()).mapToInt(Step::percent).sum()).isEqualTo(100);
    List<Step> toCome = new ArrayList<>(List.of(Step.values()));
    assertThat(Step.DOCTOR.shareAmong(toCome)).isEqualTo(0.02);
    toCome.removeAll(List.of(Step.DOCTOR, Step.CALIBRATE, Step.VERIFY, Step.BENCH));
    assertThat(Step.PEERS.shareAmong(toCome)).isEqualTo(24.0 / 36);
    toCome.remove(Step.PEERS);
    assertThat(Step.SANITIZE.shareAmong(toCome)).isEqualTo(1);
  }

  @Test
  void tellsWhatDiffersFromWhatFailedAndWhatIsMissing() {
    StepResult done = result(Step.VERIFY, 0, false, "", "");
    StepResult differs = result(Step.VERIFY, 1, false, "", "");
    StepResult missing = result(Step.PEERS, 4, false, "CLI012", "no torch; install it");
    StepResult failed = result(Step.BENCH, 4, false, "DEV001", "the GPU does not answer");
    StepResult late = result(Step.BENCH, 137, true, "", "");
    StepResult crashed = result(Step.BENCH, 134, false, "", "");
    assertThat(List.of(done, differs, missing, failed, late, crashed))
        .extracting(StepResult::outcome)
        .containsExactly(
            Outcome.DONE,
            Outcome.DIFFERS,
            Outcome.MISSING,
            Outcome.FAILED,
            Outcome.FAILED,
            Outcome.FAILED);
    assertThat(missing.remark()).isEqualTo("no torch; install it");
    assertThat(late.remark()).isEqualTo("ended because it ran past its time");
    assertThat(crashed.remark()).isEqualTo("exit code 134");
    assertThat(StepResult.exitOf(List.of(done, missing))).isZero();
    assertThat(StepResult.exitOf(List.of(done, failed, missing))).isEqualTo(4);
    assertThat(StepResult.exitOf(List.of(failed, differs))).isEqualTo(1);
  }

  private static StepResult result(
      Step step, int exit, boolean pastLimit, String code, String message) {
    Optional<LabProcess.Error> error =
        code.isEmpty() ? Optional.empty() : Optional.of(new LabProcess.Error(code, message));
    return StepResult.of(step, new LabProcess.Ended(exit, pastLimit, 1, error), 2, List.of());
  }
}
