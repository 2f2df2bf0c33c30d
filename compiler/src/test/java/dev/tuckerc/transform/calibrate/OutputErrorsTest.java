package dev.tuckerc.transform.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.search.LayerErrors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputErrorsTest {
  private static final Graph NETWORK = CalibratedFitTest.network();
  private static final List<CalibrationBatch> DATA = CalibratedFitTest.batches(16, 1);

  /// What a measure says of one layer at the ranks given, and what the fit to the data left.
  private record Found(double measured, double fitted) {}

  private static Found find(
      String name, RankChoice ranks, List<CalibrationBatch> data, boolean task) {
    FactorFit fit = new CalibratedFit(NETWORK, data, FitMode.OUTPUTS, 1, layer -> {});
    PassContext context =
        PassContext.of(Precision.FP32)
            .with(RankPolicy.class, new RanksByLayer("test", Map.of(name, ranks)))
            .with(FactorFit.class, fit);
    new DecomposeConvolutions().run(NETWORK, context);
    LayerDecision decision =
        context.report(DecompositionPlan.class).orElseThrow().decisions().stream()
            .filter(d -> d.replacement().isPresent())
            .findFirst()
            .orElseThrow();
    Layer layer = decision.layer();
    LayerErrors errors =
        new OutputErrors(NETWORK, data, task, 1, l -> {}).of(List.of(layer), (l, form) -> -1);
    LayerDecision.Replacement replacement = decision.replacement().orElseThrow();
    return new Found(
        errors.of(layer, replacement.form()), replacement.outputError().orElse(Double.NaN));
  }

  /// With one tap and full input rank the spectrum of the outputs is what the fit is left with.
  @Test
  void theOutputModeIsReducedRankRegression() {
    double former = 1;
    for (int rank = 1; rank < 6; rank += 2) {
      Found found = find("fc", new RankChoice.SingularValues(rank), DATA, false);
      assertThat(found.measured())
          .isCloseTo(found.fitted() * found.fitted(), within(2e-3))
          .isBetween(0.0, former);
      former = found.measured();
    }
    assertThat(former).isLessThan(0.5);
  }

  /// Sums of terms are judged by what the data has, as ranks are, not by their weights.
  @Test
  void sumsOfTermsAreMeasuredInTheSameNorm() {
    List<CalibrationBatch> equal =
        CalibratedFitTest.batches(16, 1).stream().map(OutputErrorsTest::withEqualChannels).toList();
    RankChoice terms = new RankChoice.Terms(14);
    assertThat(find("stem", terms, equal, false).measured())
        .isLessThan(0.2 * find("stem", terms, DATA, false).measured());
    double former = 1;
    for (int count = 4; count <= 16; count += 6) {
      Found found = find("first", new RankChoice.Terms(count), DATA, false);
      // The fit sees ReLU and all taps of the covariance, so that it does better.
      assertThat(found.fitted() * found.fitted()).isLessThan(found.measured() + 1e-3);
      assertThat(found.measured()).isLessThan(former);
      former = found.measured();
    }
  }

  /// Of two channels that are always equal one is enough, whatever the weight makes of them.
  @Test
  void whatTheDataDoesNotHoldCostsNothing() {
    List<CalibrationBatch> equal =
        CalibratedFitTest.batches(16, 1).stream().map(OutputErrorsTest::withEqualChannels).toList();
    RankChoice ranks = new RankChoice.Ranks(2, 16);
    assertThat(find("stem", ranks, equal, false).measured()).isCloseTo(0, within(1e-9));
    assertThat(find("stem", ranks, DATA, false).measured()).isGreaterThan(1e-3);
  }

  private static CalibrationBatch withEqualChannels(CalibrationBatch batch) {
    Tensor images = batch.inputs().values().iterator().next();
    double[] values = images.toDoubles();
    for (int i = 0; i < values.length; i++) {
      int channel = i / 144 % 3;
      values[i] = channel == 2 ? values[i - 144] : values[i];
    }
    Tensor made = Tensor.ofDoubles(images.shape(), values).convert(images.type());
    return new CalibrationBatch(Map.of("input", made), batch.samples());
  }

  /// What the last layer loses is what the network loses; what an earlier one loses is weighted.
  @Test
  void theTaskWeighsALayerByWhatTheOutputsLose() {
    RankChoice four = new RankChoice.SingularValues(4);
    double own = find("fc", four, DATA, false).measured();
    // About one mean of all outputs they vary more than each about its own.
    assertThat(find("fc", four, DATA, true).measured()).isBetween(0.6 * own, own);
    RankChoice ranks = new RankChoice.Ranks(8, 8);
    double outputs = find("first", ranks, DATA, false).measured();
    assertThat(find("first", ranks, DATA, true).measured() / outputs).isBetween(0.01, 0.95);
  }

  @Test
  void ofDataThatIsNotANumberNothingIsLeft() {
    List<CalibrationBatch> data = CalibratedFitTest.batches(2, 1);
    data.getFirst().inputs().values().iterator().next().setDouble(0, Double.NaN);
    assertThat(find("stem", new RankChoice.Ranks(2, 16), data, false).measured()).isEqualTo(1);
  }
}
