package dev.tuckerc.transform.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// The peaks that TeMCO (ICPP 2024) has for VGG-16 in fp32, 224 x 224: 25.7 MB dense, 16.1 MB with
/// all convolutions but the first decomposed at a quarter of the channels, 6.4 MB fused. They count
/// what a layer reads and what it writes at the moment when the two are largest: activations alone,
/// not the network's input. Nothing runs here; the weights only have shapes.
class VggMemoryTest {
  private static final long PIXELS = 224 * 224;
  private static final LayerCostModel KERNELS =
      new KernelCostModel(DeviceDescription.shipped("h200"));

  /// Channels of VGG-16's convolutions; a pool stands behind each group.
  private static final List<List<Integer>> GROUPS =
      List.of(
          List.of(64, 64),
          List.of(128, 128),
          List.of(256, 256, 256),
          List.of(512, 512, 512),
          List.of(512, 512, 512));

  /// Bytes of a tensor of the size of the image.
  private static long bytes(long channels) {
    return channels * PIXELS * Float.BYTES;
  }

  /// @param decomposed all convolutions but the first as three
  private static Graph vgg(boolean decomposed) {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 1, 3, 224, 224);
    for (int group = 0; group < GROUPS.size(); group++) {
      for (int i = 0; i < GROUPS.get(group).size(); i++) {
        String name = "conv" + (group + 1) + "_" + (i + 1);
        long in = x.shape().extent(1);
        long out = GROUPS.get(group).get(i);
        if (decomposed && in > 3) {
          x = b.conv(x, in / 4, 1, name + ".reduce");
          x = b.conv(x, out / 4, 3, name + ".core");
          x = b.conv(x, out, 1, name + ".expand");
        } else {
          x = b.conv(x, out, 3, name);
        }
        x = b.relu(x, name + ".relu");
      }
      x =
          b.add(
              new Pool(Pool.Kind.MAXIMUM, x, GraphBuilder.window(2, 2, 2, 0), false, false),
              "pool" + (group + 1));
    }
    return b.graph(x);
  }

  private static Graph optimized(Graph graph, Objective objective, LayerCostModel kernels) {
    PassContext context =
        PassContext.of(Precision.FP32)
            .with(Objective.class, objective)
            .with(LayerCostModel.class, kernels);
    return Pipeline.of(Pipeline.afterDecomposition()).run(graph, context);
  }

  private static long peak(Graph graph, Objective objective, LayerCostModel kernels) {
    return MemoryPlanner.plan(optimized(graph, objective, kernels)).lowerBound();
  }

  /// Kernels for such regions only as one allows.
  private record Some(LayerCostModel all, Predicate<Region> allowed) implements LayerCostModel {
    @Override
    public Estimate estimate(Convolution convolution) {
      return all.estimate(convolution);
    }

    @Override
    public Optional<Estimate> estimate(Region region) {
      return region.body().nodes().size() == 1 || allowed.test(region)
          ? all.estimate(region)
          : Optional.empty();
    }

    @Override
    public LayerCostModel within(WorkingSet network) {
      return new Some(all.within(network), allowed);
    }
  }

  private static final LayerCostModel SEPARATE = new Some(KERNELS, _ -> false);

  /// TeMCO's fusion begins with an expansion: a core is a kernel of its own.
  private static final LayerCostModel FROM_EXPANSIONS =
      new Some(
          KERNELS,
          region -> {
            Value first = region.body().nodes().getFirst().result();
            return !first.name().endsWith(".core");
          });

  @Test
  void theLargestPairOfDenseLayersIsThePeak() {
    assertThat(peak(vgg(false), Objective.TIME, SEPARATE)).isEqualTo(bytes(64 + 64));
  }

  @Test
  void aDecomposedNetworkKeepsLargeTensorsBetweenSmallOnes() {
    assertThat(peak(vgg(true), Objective.TIME, SEPARATE)).isEqualTo(bytes(64 + 16));
    // There is no skip whose tensor could be restored.
    assertThat(peak(vgg(true), Objective.MEMORY, SEPARATE)).isEqualTo(bytes(64 + 16));
  }

  @Test
  void largeTensorsVanishWhereExpansionsAreFusedWithReductions() {
    assertThat(peak(vgg(true), Objective.MEMORY, FROM_EXPANSIONS)).isEqualTo(bytes(16 + 16));
  }

  /// A kernel that begins at the core stores nothing of the image's size but its input; what it
  /// stores is 16 channels of a quarter of the pixels.
  @Test
  void kernelsThatBeginAtTheCoreNeedLessStill() {
    assertThat(peak(vgg(true), Objective.MEMORY, KERNELS)).isEqualTo(bytes(16 + 16 / 4));
  }
}
