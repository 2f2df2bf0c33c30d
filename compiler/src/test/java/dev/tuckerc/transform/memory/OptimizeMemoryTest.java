package dev.tuckerc.transform.memory;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.region.FormRegions;
import dev.tuckerc.transform.testing.FakeKernels;
import dev.tuckerc.transform.testing.GraphBuilder;
import org.junit.jupiter.api.Test;

/// What [Objective#MEMORY] does to a graph.
class OptimizeMemoryTest {
  /// Regions for which there are kernels, but slow ones.
  private static final FakeKernels SLOW_REGIONS =
      new FakeKernels(names -> names.size() == 1 ? 1 : 100 * names.size());

  private final GraphBuilder builder = new GraphBuilder();

  private static PassContext context(Objective objective) {
    return PassContext.of(Precision.FP32)
        .with(Objective.class, objective)
        .with(LayerCostModel.class, SLOW_REGIONS);
  }

  private Graph laidOut(Value result) {
    return new AssignLayouts().run(builder.graph(result), context(Objective.TIME));
  }

  private static Graph restored(Graph before, Objective objective) {
    Graph after = new RestoreSkips().run(before, context(objective));
    Verifier.verify(after);
    assertEquivalent(before, after, 0);
    return after;
  }

  /// A large tensor of 32 channels, wanted again after one of 64 was made of it.
  private Graph skip(long smallChannels) {
    Value small = builder.conv(builder.input("x", 1, 4, 8, 8), smallChannels, 3, "small");
    Value large = builder.conv(small, 32, 1, "large");
    Value near = builder.conv(large, 4, 3, "near");
    Value wide = builder.conv(near, 64, 3, "wide");
    Value far = builder.conv(wide, 32, 3, "far");
    return laidOut(builder.binary(BinaryFunction.ADD, large, far, "y"));
  }

  @Test
  void theSmallTensorLivesAcrossTheSkip() {
    Graph before = skip(4);
    Graph after = restored(before, Objective.MEMORY);
    assertThat(operations(after)).hasSize(operations(before).size() + 1);
    // 4 channels instead of 32 beside the 64 and the 32 of the worst moment, of 64 pixels each.
    assertThat(PeakMemory.bytes(before) - PeakMemory.bytes(after)).isEqualTo((32 - 4) * 64 * 4);
  }

  @Test
  void nothingIsComputedTwiceForTime() {
    Graph before = skip(4);
    assertThat(restored(before, Objective.TIME)).isSameAs(before);
  }

  @Test
  void nothingIsComputedTwiceOfWhatIsAsLarge() {
    Graph before = skip(32);
    assertThat(restored(before, Objective.MEMORY)).isSameAs(before);
  }

  @Test
  void regionsFormWhereThePeakFalls() {
    Value small = builder.conv(builder.input("x", 1, 4, 8, 8), 4, 3, "small");
    Value large = builder.conv(small, 64, 1, "large");
    Value reduced = builder.conv(large, 4, 1, "reduced");
    // One kernel would hold 4 + 4 channels, no fewer than the worst moment; two hold 4 + 1.
    Value core = builder.conv(reduced, 1, 3, "core");
    Graph before = laidOut(builder.conv(core, 4, 1, "y"));

    Graph fast = new FormRegions().run(before, context(Objective.TIME));
    Graph lean = new FormRegions().run(before, context(Objective.MEMORY));

    assertEquivalent(before, lean, 0);
    assertThat(operations(fast)).doesNotContain("region");
    assertThat(operations(lean).stream().filter("region"::equals)).hasSize(1);
    assertThat(PeakMemory.bytes(lean)).isLessThan(PeakMemory.bytes(fast) / 4);
  }
}
