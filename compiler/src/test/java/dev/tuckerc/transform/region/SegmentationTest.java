package dev.tuckerc.transform.region;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.testing.FakeKernels;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentationTest {
  /// Kernels of random cost, some of which do not exist.
  private static FakeKernels randomKernels(long seed) {
    return new FakeKernels(names -> {
      Random random = new Random(seed * 31 + names.hashCode());
      random.nextLong();
      boolean exists = names.size() == 1 || random.nextInt(4) > 0;
      return exists ? (1 + random.nextDouble()) * names.size() : Double.POSITIVE_INFINITY;
    });
  }

  private static Graph laidOut(Graph graph) {
    return new AssignLayouts().run(graph, PassContext.of(Precision.FP32));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void chainsAreCutAsByTryingAll(int length) {
    for (int seed = 0; seed < 100; seed++) {
      int[] parents = new int[length];
      for (int i = 0; i < length; i++) {
        parents[i] = i - 1;
      }
      assertOptimal(parents, randomKernels(seed));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 7})
  void treesAreCutAsByTryingAll(int size) {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      int[] parents = new int[size];
      parents[0] = -1;
      for (int i = 1; i < size; i++) {
        parents[i] = random.nextInt(i);
      }
      assertOptimal(parents, randomKernels(seed));
    }
  }

  private static void assertOptimal(int[] parents, FakeKernels kernels) {
    GraphBuilder builder = new GraphBuilder();
    List<Value> values = new ArrayList<>();
    Value x = builder.input("x", 1, 2, 2, 2);
    for (int i = 0; i < parents.length; i++) {
      Value read = parents[i] < 0 ? x : values.get(parents[i]);
      values.add(builder.conv(read, 2, 1, "v" + i));
    }
    Graph before = laidOut(builder.graph(values.toArray(Value[]::new)));
    assertThat(FormRegions.leastMicroseconds(before, kernels))
        .isCloseTo(bruteForce(parents, kernels, 0), within(1e-9));
    PassContext context = PassContext.of(Precision.FP32).with(LayerCostModel.class, kernels);
    Graph after = new FormRegions().run(before, context);
    double charge = FormRegions.LAUNCH_MICROSECONDS;
    assertThat(total(after, kernels, charge))
        .isCloseTo(bruteForce(parents, kernels, charge), within(1e-9));
  }

  /// Of two cuts nearer than a launch is known, the one with fewer launches.
  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 0.2, 0.3})
  void fewerLaunchesWinWhatTheModelCannotTell(double slower) {
    FakeKernels kernels = new FakeKernels(names -> names.size() == 1 ? 1 : 2 + slower);
    GraphBuilder builder = new GraphBuilder();
    Value a = builder.conv(builder.input("x", 1, 2, 2, 2), 2, 1, "a");
    Graph before = laidOut(builder.graph(builder.conv(a, 2, 1, "b")));
    PassContext context = PassContext.of(Precision.FP32).with(LayerCostModel.class, kernels);
    Graph after = new FormRegions().run(before, context);
    boolean fused = slower < FormRegions.LAUNCH_MICROSECONDS;
    assertThat(after.nodes().stream().anyMatch(n -> n.op() instanceof Region)).isEqualTo(fused);
    if (fused) {
      String runnerUp =
          context.report(RegionReport.class).orElseThrow().regions().getFirst().runnerUp() + "";
      assertThat(runnerUp)
          .isEqualTo(
              slower < 0 ? "a | b, 0.10 us slower" : "a | b, 0.20 us faster with more launches");
    }
  }

  /// Every stage goes on from its parent or starts a kernel; two never go on from the same.
  private static double bruteForce(int[] parents, FakeKernels kernels, double charge) {
    double least = Double.POSITIVE_INFINITY;
    for (int choice = 0; choice < 1 << parents.length; choice++) {
      Map<Integer, List<String>> ends = new HashMap<>();
      List<List<String>> paths = new ArrayList<>();
      boolean valid = true;
      for (int i = 0; i < parents.length && valid; i++) {
        boolean continues = (choice >> i & 1) == 1;
        List<String> path = continues ? ends.remove(parents[i]) : new ArrayList<>();
        valid = path != null;
        if (path != null) {
          if (!continues) {
            paths.add(path);
          }
          path.add("v" + i);
          ends.put(i, path);
        }
      }
      if (valid) {
        double time = paths.stream().mapToDouble(kernels.cost()).sum();
        least = Math.min(least, time + charge * paths.size());
      }
    }
    return least;
  }

  private static double total(Graph graph, FakeKernels kernels, double charge) {
    return graph.nodes().stream()
        .filter(node -> List.of("conv", "region").contains(node.op().name()))
        .mapToDouble(node ->
            charge
                + kernels
                    .cost()
                    .applyAsDouble(
                        node.op() instanceof Region region
                            ? region.body().nodes().stream().map(n -> n.result().name()).toList()
                            : List.of(node.result().name())))
        .sum();
  }

  /// Forks, residual sums and joins of all kinds: the result is well formed (so every region is
  /// convex and comes after what it reads), computes the same to the bit, and has its regions.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void randomGraphsStayValid(boolean likesAll) {
    int formed = 0;
    for (int seed = 0; seed < 60; seed++) {
      LayerCostModel model = likesAll ? FakeKernels.ANY_REGION : randomKernels(seed);
      Graph before = laidOut(randomGraph(seed));
      PassContext context = PassContext.of(Precision.FP32).with(LayerCostModel.class, model);
      Graph after = new FormRegions().run(before, context);
      assertEquivalent(before, after, 0);
      int regions = (int) after.nodes().stream().filter(n -> n.op() instanceof Region).count();
      assertThat(context.report(RegionReport.class).orElseThrow().regions()).hasSize(regions);
      formed += regions;
    }
    assertThat(formed).isGreaterThan(60);
  }

  private static Graph randomGraph(int seed) {
    Random random = new Random(seed);
    GraphBuilder builder = new GraphBuilder(seed);
    List<Value> values = new ArrayList<>(List.of(builder.input("x", 1, 2, 4, 4)));
    for (int i = 0; i < 14; i++) {
      // Mostly one of the latest values, so that chains arise.
      Value recent = values.get(Math.max(0, values.size() - 1 - random.nextInt(3)));
      String name = "v" + i;
      values.add(
          switch (random.nextInt(5)) {
            case 0 -> builder.conv(recent, 2, 3, name);
            case 1, 2 -> builder.conv(recent, 2, 1, name);
            case 3 -> builder.relu(recent, name);
            default ->
                builder.binary(
                    BinaryFunction.ADD, recent, values.get(random.nextInt(values.size())), name);
          });
    }
    return builder.graph(values.getLast(), values.get(values.size() - 2));
  }
}
