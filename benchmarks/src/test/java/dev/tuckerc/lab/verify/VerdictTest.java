package dev.tuckerc.lab.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The judgement of three results, of which one or two are wrong on purpose.
class VerdictTest {
  private static final Comparison.Tolerance TOLERANCE = new Comparison.Tolerance(1e-3, 1e-3);
  private static final Map<String, Tensor> EXPECTED = output(1, 2, 3, 4);
  private static final Outcome RIGHT = ran(1, 2.0001f, 3, 4);
  private static final Outcome WRONG = ran(1, 2, 3.5f, 4);
  private static final Outcome NONE = new Outcome.NotRun("not asked");
  private static final Outcome FAILED = new Outcome.Failed("illegal address");

  private static Map<String, Tensor> output(float... values) {
    return Map.of("y", Tensor.ofFloats(List.of((long) values.length), values));
  }

  private static Outcome ran(float... values) {
    return new Outcome.Ran(output(values), 0.5);
  }

  private static ThreeWay judge(Outcome gpu, Outcome emulator) {
    return ThreeWay.judge(EXPECTED, TOLERANCE, gpu, emulator);
  }

  @Test
  void allAgree() {
    ThreeWay judged = judge(RIGHT, ran(1, 2, 3, 4));
    assertThat(judged.verdict()).isEqualTo(Verdict.AGREE);
    assertThat(judged.verdict().isMismatch()).isFalse();
    assertThat(judged.suspect()).isEmpty();
    Mutual mutual = judged.mutual().orElseThrow();
    assertThat(mutual.elements()).isEqualTo(4);
    assertThat(mutual.sameBits()).isEqualTo(3);
    assertThat(mutual.maxAbsolute()).isBetween(0.9e-4, 1.1e-4);
  }

  @Test
  void theGpuIsWrong() {
    for (Outcome gpu : List.of(WRONG, FAILED, ran(1, 2, Float.NaN, 4))) {
      ThreeWay judged = judge(gpu, RIGHT);
      assertThat(judged.verdict()).isEqualTo(Verdict.GPU_DIFFERS);
      assertThat(judged.suspect()).startsWith("the GPU: the emulator runs the same PTX");
    }
    assertThat(judge(WRONG, NONE).suspect()).contains("the emulator was not asked");
  }

  @Test
  void theEmulatorIsWrong() {
    for (Outcome emulator : List.of(WRONG, FAILED)) {
      ThreeWay judged = judge(RIGHT, emulator);
      assertThat(judged.verdict()).isEqualTo(Verdict.EMULATOR_DIFFERS);
      assertThat(judged.suspect()).startsWith("the emulator: the GPU runs the same PTX");
      assertThat(judge(NONE, emulator).suspect()).contains("there is no GPU to tell which");
    }
  }

  @Test
  void bothAreWrong() {
    ThreeWay alike = judge(WRONG, ran(1, 2, 3.5001f, 4));
    assertThat(alike.verdict()).isEqualTo(Verdict.BOTH_DIFFER_ALIKE);
    assertThat(alike.suspect()).contains("the generated kernel, or the reference");
    for (Outcome other : List.of(ran(1, 2, 2, 4), FAILED)) {
      ThreeWay apart = judge(WRONG, other);
      assertThat(apart.verdict()).isEqualTo(Verdict.BOTH_DIFFER_APART);
      assertThat(apart.suspect()).contains("not determined");
    }
  }

  @Test
  void nobodyRan() {
    assertThat(judge(NONE, NONE).verdict()).isEqualTo(Verdict.NOT_RUN);
    assertThat(Verdict.NOT_RUN.isMismatch()).isFalse();
  }

  @Test
  void sidesSayWhatIsWrong() {
    ThreeWay judged = judge(WRONG, FAILED);
    assertThat(judged.gpu().text())
        .isEqualTo("0.13 of range, y: 3.50000 at index [2], expected 3.00000");
    assertThat(judged.emulator().text()).isEqualTo("failed: illegal address");
    assertThat(Side.of(NONE, EXPECTED, TOLERANCE).text()).isEqualTo("not run: not asked");
    Side missing = Side.of(new Outcome.Ran(Map.of(), 0), EXPECTED, TOLERANCE);
    assertThat(missing.wrong()).isTrue();
    assertThat(missing.text()).contains("the output is missing");
    Side reshaped =
        Side.of(
            new Outcome.Ran(Map.of("y", Tensor.ofFloats(List.of(2L, 2L), 1, 2, 3, 4)), 0),
            EXPECTED,
            TOLERANCE);
    assertThat(reshaped.wrong()).isTrue();
  }

  @Test
  void theEmulatorIsAskedWhereItIsCheapOrNeeded() {
    long cheap = EmulatorUse.CHEAP;
    assertThat(EmulatorUse.AUTO.refusal(cheap, false)).isEmpty();
    assertThat(EmulatorUse.AUTO.refusal(cheap + 1, false)).contains("--emulate always");
    assertThat(EmulatorUse.AUTO.refusal(cheap + 1, true)).isEmpty();
    assertThat(EmulatorUse.ALWAYS.refusal(Long.MAX_VALUE, false)).isEmpty();
    assertThat(EmulatorUse.NEVER.refusal(1, true)).isEqualTo("--emulate never");
  }

  @Test
  void thePaceIsThatOfTheLastLargeStep() {
    Pace pace = new Pace();
    assertThat(pace.expect(1_000_000_000)).isZero();
    pace.note(10, 100);
    assertThat(pace.expect(1_000_000_000)).isZero();
    pace.note(2_000_000, 1);
    assertThat(pace.expect(10_000_000)).isEqualTo(5);
  }
}
