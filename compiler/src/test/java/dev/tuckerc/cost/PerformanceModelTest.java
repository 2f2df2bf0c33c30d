package dev.tuckerc.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.cost.KernelWork.Distinct;
import dev.tuckerc.cost.KernelWork.Ordering;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PerformanceModelTest {
  private static final DeviceDescription H200 = DeviceDescription.shipped("h200");
  private static final DeviceDescription H100 = DeviceDescription.shipped("h100");
  private static final Distinct NOTHING = new Distinct(0, 0, 0);

  /// A kernel of the published chain: every block loads and stores 4 bytes a thread.
  @ParameterizedTest
  @CsvSource({"h200, 1.26, 1.37", "h100, 1.26, 1.37", "a100, 1.34, 1.82", "rtx4090, 0.94, 1.13"})
  void aKernelOfAChainCostsWhatWasPublished(String name, double least, double most) {
    DeviceDescription device = DeviceDescription.shipped(name);
    long blocks = device.multiprocessors();
    double bytes = blocks * 256.0 * 4;
    KernelWork link =
        KernelWork.streaming(blocks, 256, bytes, new Distinct(0, bytes, bytes), blocks * 256 * 5);
    assertThat(new PerformanceModel(device).estimate(link).microseconds()).isBetween(least, most);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 85", "1, 4, 335", "4, 4, 1304", "8, 4, 1340"})
  void tensorCoresReachThePublishedRates(int warps, int chains, double rate) {
    assertThat(TensorShape.F16_K16.rate(H100).of(warps, chains))
        .isCloseTo(rate, within(0.03 * rate));
  }

  @Test
  void tensorShapesAreDescribedAsPtxDoes() {
    assertThat(TensorShape.of(DataType.F16, 90)).contains(TensorShape.F16_K16);
    assertThat(TensorShape.of(DataType.F16, 75)).contains(TensorShape.F16_K8);
    assertThat(TensorShape.of(DataType.BF16, 75)).isEmpty();
    for (TensorShape shape : TensorShape.values()) {
      int perLane = shape.terms() / 4;
      boolean[][] held = new boolean[32][perLane];
      for (int term = 0; term < shape.terms(); term++) {
        for (int column = 0; column < 8; column++) {
          assertThat(held[shape.lane(term, column)][shape.place(term)]).isFalse();
          held[shape.lane(term, column)][shape.place(term)] = true;
        }
      }
    }
    // Terms 2t, 2t+1, 2t+8, 2t+9 of m16n8k16; t and t+4 of m16n8k8 in tf32.
    assertThat(TensorShape.F16_K16.lane(11, 3)).isEqualTo(3 * 4 + 1);
    assertThat(TensorShape.F16_K16.place(11)).isEqualTo(3);
    assertThat(TensorShape.TF32_K8.lane(6, 0)).isEqualTo(2);
    assertThat(TensorShape.TF32_K8.place(6)).isEqualTo(1);
  }

  @Test
  void orderIsCharged() {
    PerformanceModel model = new PerformanceModel(H200);
    KernelWork plain = work(120, 0, List.of(new Phase.Load("input", 4096, false)));
    assertThat(model.estimate(plain).edge()).isEqualTo(H200.serialEdge());
    Estimate programmatic = model.estimate(plain.ordered(new Ordering(true, 1)));
    assertThat(programmatic.edge()).isEqualTo(H200.programmaticEdge());
    KernelWork grid =
        work(120, 0, List.of(new Phase.Exchange("partial sums", Phase.Scope.GRID, 0, 1)));
    assertThat(model.estimate(grid).work()).isEqualTo(H200.gridBarrier(120));
    assertThatThrownBy(() -> new Ordering(false, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> plain.ordered(new Ordering(false, 16)))
        .hasMessageContaining("120 blocks in clusters of 16");
  }

  @Test
  void whatIsPrefetchedHidesBehindAProgrammaticEdgeAlone() {
    PerformanceModel model = new PerformanceModel(H200);
    List<Phase> phases =
        List.of(new Phase.Load("weights", 20_000, true), new Phase.Load("halo", 20_000, false));
    KernelWork work = work(132, 0, phases);
    double serial = model.estimate(work).work();
    double hidden = model.estimate(work.ordered(new Ordering(true, 1))).work();
    double weights = model.estimate(work).phases().getFirst().microseconds();
    assertThat(serial - hidden)
        .isCloseTo(Math.min(weights, H200.programmaticEdge()), within(1e-9))
        .isPositive();
  }

  @Test
  void clustersAreChargedByBothFiguresAndByHowManyFit() {
    PerformanceModel model = new PerformanceModel(H200);
    List<Phase> phases =
        List.of(
            new Phase.Compute("some work", 100_000),
            new Phase.Exchange("slices", Phase.Scope.CLUSTER, 2048, 1));
    KernelWork eight = work(120, 200_000, phases).ordered(new Ordering(false, 8));
    Estimate dear = model.estimate(eight);
    Estimate cheap = model.estimate(eight, ClusterCost.OPTIMISTIC);
    assertThat(dear.microseconds() - cheap.microseconds()).isCloseTo(0.65 - 0.18, within(1e-9));
    // 15 clusters of 8 are resident: the sixteenth waits for one of them.
    KernelWork more = work(128, 200_000, phases).ordered(new Ordering(false, 8));
    assertThat(model.estimate(more).work()).isGreaterThan(1.9 * dear.work());
    assertThat(model.estimate(more).waves()).isCloseTo(128.0 / 120, within(1e-9));
  }

  @Test
  void aBlockMoreThanMultiprocessorsCostsARound() {
    PerformanceModel model = new PerformanceModel(H200);
    List<Phase> phases = List.of(new Phase.Compute("arithmetic", 1e6));
    double one = model.estimate(work(132, 0, phases)).work();
    double two = model.estimate(work(133, 0, phases)).work();
    assertThat(model.estimate(work(1, 0, phases)).work()).isEqualTo(one);
    // Four warps use half of the issue slots: two blocks on one multiprocessor use all of them.
    assertThat(two).isCloseTo(one, within(1e-9));
    double three = model.estimate(work(265, 0, phases)).work();
    assertThat(three).isCloseTo(1.5 * one, within(1e-9));
    // One block at a time, by shared memory: three rounds.
    assertThat(model.estimate(work(265, 200_000, phases)).work()).isCloseTo(3 * one, within(1e-9));
    // Two at a time: a round of two and one of one, which has nothing to hide behind.
    assertThat(model.estimate(work(265, 100_000, phases)).work()).isCloseTo(2 * one, within(1e-9));
  }

  @Test
  void whatTheLastBlockDoesTakesItsTimeAndMovesAShare() {
    PerformanceModel model = new PerformanceModel(H200);
    Phase parts = new Phase.Exchange("parts", Phase.Scope.GRID, 8 << 10, 0);
    KernelWork all = work(128, 0, List.of(parts));
    KernelWork last = work(128, 0, List.of(new Phase.Last(parts, 8)));
    assertThat(last.bytesPerBlock()).isEqualTo(1 << 10);
    assertThat(model.estimate(last).work()).isCloseTo(model.estimate(all).work(), within(1e-9));
  }

  @Test
  void blocksThatShareAMultiprocessorHideEachOthersWaiting() {
    PerformanceModel model = new PerformanceModel(H200);
    List<Phase> phases =
        List.of(
            new Phase.Serial("chain", 1000, Phase.Wait.L2), new Phase.Compute("arithmetic", 1e5));
    double alone = model.estimate(work(132, 200_000, phases)).work();
    assertThat(model.estimate(work(1320, 200_000, phases)).work())
        .isCloseTo(10 * alone, within(1e-6));
    assertThat(model.estimate(work(1320, 20_000, phases)).work()).isLessThan(1.2 * alone);
  }

  @Test
  void weightsAreColdByTheWorkingSetOfTheNetwork() {
    List<Phase> phases = List.of(new Phase.Load("operands", 32 << 10, false));
    KernelWork work = new KernelWork(128, 128, 32, 0, new Distinct(4 << 20, 0, 0), phases);
    double warm = new PerformanceModel(H100).estimate(work).microseconds();
    double cold = new PerformanceModel(H100, new WorkingSet(277e6)).estimate(work).microseconds();
    // Published for 4.2 MB over 128 blocks of an H100: 1.85 us until the first byte, 3.3 in all.
    assertThat(cold - warm).isBetween(0.8, 1.6);
    assertThat(cold).isCloseTo(3.3, within(0.6));
    assertThat(new WorkingSet(40e6).coldWeights(H200)).isZero();
    assertThat(new WorkingSet(70e6).coldWeights(H200)).isEqualTo(1);
    // 52 MiB are published to be read at 6.5 TB/s.
    double share = new WorkingSet(52 << 20).coldWeights(H200);
    assertThat(1 / (share / 3900 + (1 - share) / 9900)).isCloseTo(6500, within(700.0));
  }

  @Test
  void activationsThatDoNotFitTheCacheAreCold() {
    PerformanceModel model = new PerformanceModel(H200);
    double image = 265e6;
    KernelWork copy = KernelWork.streaming(100_000, 128, image, new Distinct(0, image, image), 1e6);
    assertThat(model.estimate(copy).microseconds())
        .isCloseTo(2 * image / 4.3e6, within(0.1 * image / 4.3e6));
  }

  @ParameterizedTest
  @ValueSource(strings = {"h200", "a100", "rtx4090", "t4"})
  void stepsOfALoopCost(String name) {
    PerformanceModel model = new PerformanceModel(DeviceDescription.shipped(name));
    double coarse = model.estimate(loop(16, 3, Phase.Sync.BLOCK)).microseconds();
    assertThat(model.estimate(loop(32, 3, Phase.Sync.BLOCK)).microseconds()).isGreaterThan(coarse);
    assertThat(model.estimate(loop(16, 1, Phase.Sync.BLOCK)).microseconds()).isGreaterThan(coarse);
    double early = model.estimate(loop(16, 9, Phase.Sync.BLOCK)).microseconds();
    assertThat(model.estimate(loop(16, 9, Phase.Sync.WARP)).microseconds()).isLessThan(early);
  }

  /// A product of 16 x 16 results and 1024 terms: it waits more than it moves.
  private static KernelWork loop(int steps, int inFlight, Phase.Sync sync) {
    Phase product =
        new Phase.Product(
            "product",
            TensorShape.F16_K16,
            16 * 16 * 1024,
            0,
            4,
            2,
            16 * 1024 * 2 * 4,
            new Phase.Stream(2 * 16 * 1024 * 2, steps, inFlight, false, sync));
    return new KernelWork(
        100, 128, 64, 40_000, NOTHING, List.of(product, new Phase.Store("results", 8192)));
  }

  /// What a fused kernel is made of: a halo, products whose operands stay in shared memory and
  /// whose weights stream through one ring, exchanges over a cluster.
  @Test
  void aFusedKernelIsAListOfPhases() {
    List<Phase> phases = new ArrayList<>();
    phases.add(new Phase.Load("halo", 10 * 10 * 32 * 2, false));
    phases.add(product("core", 64 * 32 * 288, 288 * 32 * 2, false));
    phases.add(new Phase.Exchange("core slices", Phase.Scope.CLUSTER, 64 * 32 * 2, 1));
    phases.add(product("expand", 64 * 64 * 32, 64 * 32 * 2, true));
    phases.add(new Phase.Exchange("expand", Phase.Scope.BLOCK, 64 * 64 * 2, 1));
    phases.add(product("reduce", 64 * 32 * 64, 64 * 32 * 2, true));
    phases.add(new Phase.Store("small", 64 * 32 * 2));
    KernelWork work =
        new KernelWork(
            64, 128, 128, 60_000, new Ordering(true, 4), new Distinct(26e3, 1e5, 1e5), phases);
    Estimate estimate = new PerformanceModel(H200).estimate(work);
    assertThat(estimate.phases())
        .extracting(Estimate.PhaseTime::name)
        .containsExactly("halo", "core", "core slices", "expand", "expand", "reduce", "small");
    assertThat(estimate.microseconds())
        .isEqualTo(
            estimate.named().stream().mapToDouble(Estimate.PhaseTime::microseconds).sum(),
            within(1e-9));
    assertThat(estimate.toString()).contains("core slices 0.").contains("halo 0.");
    assertThat(work.tensorMultiplyAddsPerBlock())
        .isEqualTo(64.0 * 32 * 288 + 64 * 64 * 32 + 64 * 32 * 64);
  }

  private static Phase product(String name, double multiplyAdds, double weights, boolean primed) {
    return new Phase.Product(
        name,
        TensorShape.F16_K16,
        multiplyAdds,
        0,
        4,
        4,
        multiplyAdds / 8,
        new Phase.Stream(weights, 4, 3, primed, Phase.Sync.WARP));
  }

  private static KernelWork work(long blocks, int shared, List<Phase> phases) {
    return new KernelWork(blocks, 128, 32, shared, NOTHING, phases);
  }
}
