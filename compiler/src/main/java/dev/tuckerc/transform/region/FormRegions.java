package dev.tuckerc.transform.region;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.memory.PeakMemory;
import dev.tuckerc.transform.region.Segmentation.Cut;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// conv -> conv1x1 -> pointwise -> ... => region
///
/// Decides which nodes one kernel computes: of all ways to cut the trees of stages ([StageForest])
/// into paths, the one of least predicted time and a small charge for every launch
/// ([Segmentation]), by the context's [LayerCostModel]. Without one nothing changes. A value inside
/// a region that others read as well is one of its results. Publishes a [RegionReport].
///
/// For [Objective#MEMORY] a tree is cut so that the fewest bytes are stored, wherever that lowers
/// the peak of the liveness model ([PeakMemory]); the others keep the cut of least time.
///
/// Only where regions of the best cut would wait for each other ([Schedule]) is the result not
/// proven to be the best: the one that saves least is ruled out, and the search repeated.
public record FormRegions() implements Pass {
  @Override
  public String name() {
    return "form-regions";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    return context
        .find(LayerCostModel.class)
        .map(model -> model.within(WorkingSet.of(graph)))
        .map(model -> new Run(graph, context, new StageCosts(model)).run())
        .orElse(graph);
  }

  /// Least predicted time of all convolutions and stages of a graph, regions allowed where the
  /// model has kernels for them; what is neither does not count.
  ///
  /// @param graph whose weights may be inputs
  /// @return microseconds
  public static double leastMicroseconds(Graph graph, LayerCostModel model) {
    StageCosts costs = new StageCosts(model);
    StageForest forest = new StageForest(graph, new StageRules(_ -> true), costs::isPriced);
    Segmentation segmentation = new Segmentation(forest, path -> costs.microseconds(forest, path));
    double total = 0;
    for (int root : forest.roots()) {
      total += segmentation.best(root, _ -> true).microseconds();
    }
    for (int index = 0; index < graph.nodes().size(); index++) {
      if (!forest.isStage(index)
          && graph.nodes().get(index).op() instanceof Convolution convolution) {
        total += model.estimate(convolution).microseconds();
      }
    }
    return total;
  }

  /// What a microsecond counts where bytes are what counts: less than any difference of tensors.
  private static final double MICROSECOND_IN_BYTES = 1e-6;

  /// What a launch counts beside its predicted time where ways to cut a tree are compared. What a
  /// dependent kernel takes, its launch included, is published as a range: 1.26 to 1.37 us on an
  /// H200, 1.34 to 1.82 on an A100, 0.94 to 1.13 on an L40. The charge is about the mean width: of
  /// cuts nearer to each other than the model knows, the one with fewer launches is taken, for it
  /// needs less memory and less of the host. A charge leaves the cut an exact optimum, as a
  /// tolerance would not.
  static final double LAUNCH_MICROSECONDS = 0.25;

  private static final class Run {
    private final Graph graph;
    private final PassContext context;
    private final Objective objective;
    private final StageForest forest;
    private final Segmentation segmentation;
    private final Segmentation bySize;
    private final Map<List<Integer>, Double> costs = new HashMap<>();
    private final Set<List<Integer>> forbidden = new HashSet<>();

    Run(Graph graph, PassContext context, StageCosts stageCosts) {
      this.graph = graph;
      this.context = context;
      Set<Value> constants =
          graph.nodes().stream()
              .filter(node -> node.op() instanceof Constant)
              .map(Node::result)
              .collect(Collectors.toSet());
      objective = context.find(Objective.class).orElse(Objective.TIME);
      forest =
          new StageForest(
              graph, new StageRules(constants::contains), stageCosts::isPriced, objective);
      segmentation = new Segmentation(forest, path -> time(path, stageCosts) + LAUNCH_MICROSECONDS);
      bySize = new Segmentation(forest, path -> storedBytes(path, stageCosts));
    }

    private double time(List<Integer> path, StageCosts stageCosts) {
      return costs.computeIfAbsent(path, p -> stageCosts.microseconds(forest, p));
    }

    /// Bytes that a path stores; time decides among paths that store as many.
    private double storedBytes(List<Integer> path, StageCosts stageCosts) {
      double time = time(path, stageCosts);
      double bytes =
          path.size() == 1
              ? forest.node(path.getFirst()).result().type().bytes()
              : forest.region(path).results().stream().mapToLong(v -> v.type().bytes()).sum();
      return bytes + time * MICROSECOND_IN_BYTES;
    }

    Graph run() {
      List<Integer> trees =
          forest.roots().stream().filter(root -> !forest.children(root).isEmpty()).toList();
      Map<Integer, Cut> cuts = cuts(trees, segmentation);
      if (objective == Objective.MEMORY) {
        Map<Integer, Cut> small = cuts(trees, bySize);
        small.replaceAll((_, cut) -> new Cut(time(cut), cut.paths()));
        Map<Integer, Cut> none = new HashMap<>();
        trees.forEach(root -> none.put(root, segmentation.best(root, path -> path.size() == 1)));
        boolean fuses = PeakMemory.bytes(rebuild(small)) <= PeakMemory.bytes(graph);
        cuts = lowestPeak(trees, cuts, fuses ? small : none);
      }
      report(trees, cuts);
      return rebuild(cuts);
    }

    private double time(Cut cut) {
      return cut.paths().stream().mapToDouble(this::cost).sum();
    }

    /// Takes the small cut of a tree where the peak would be higher without it.
    private Map<Integer, Cut> lowestPeak(
        List<Integer> trees, Map<Integer, Cut> fast, Map<Integer, Cut> small) {
      long peak = PeakMemory.bytes(rebuild(fast));
      long lowest = PeakMemory.bytes(rebuild(small));
      if (lowest >= peak) {
        return fast;
      }
      Map<Integer, Cut> chosen = new HashMap<>(small);
      for (int root : trees) {
        Cut own = Objects.requireNonNull(small.get(root));
        chosen.put(root, Objects.requireNonNull(fast.get(root)));
        boolean fits =
            Schedule.of(graph, regions(chosen)).stuck().isEmpty()
                && PeakMemory.bytes(rebuild(chosen)) <= lowest;
        if (!fits) {
          chosen.put(root, own);
        }
      }
      context.remark(
          Remark.Kind.APPLIED,
          "form-regions",
          Location.NONE,
          String.format(
              Locale.ROOT, "regions for memory: peak %,d bytes instead of %,d", lowest, peak));
      return chosen;
    }

    /// The best cut of every tree, such that there is an order of all regions.
    private Map<Integer, Cut> cuts(List<Integer> trees, Segmentation segmentation) {
      Map<Integer, Cut> cuts = new HashMap<>();
      Schedule schedule;
      while (true) {
        trees.forEach(root -> cuts.put(root, segmentation.bestWithout(root, forbidden)));
        schedule = Schedule.of(graph, regions(cuts));
        if (schedule.stuck().isEmpty()) {
          break;
        }
        List<Integer> least =
            schedule.stuck().stream().min(Comparator.comparingDouble(this::saving)).orElseThrow();
        forbidden.add(least);
        context.remark(
            Remark.Kind.MISSED,
            "form-regions",
            forest.region(least).location(),
            "no kernel for " + names(least) + ": it and another region would wait for each other");
      }
      return cuts;
    }

    private static List<List<Integer>> regions(Map<Integer, Cut> cuts) {
      return cuts.values().stream()
          .flatMap(cut -> cut.paths().stream())
          .filter(path -> path.size() > 1)
          .sorted(Comparator.comparing(List::getLast))
          .toList();
    }

    private double saving(List<Integer> path) {
      return separate(path) - cost(path);
    }

    private double separate(List<Integer> path) {
      return path.stream().mapToDouble(index -> cost(List.of(index))).sum();
    }

    private double cost(List<Integer> path) {
      return Objects.requireNonNull(costs.get(path));
    }

    private Graph rebuild(Map<Integer, Cut> cuts) {
      List<List<Integer>> regions = regions(cuts);
      if (regions.isEmpty()) {
        return graph;
      }
      Schedule schedule = Schedule.of(graph, regions);
      Map<Integer, Node> replacements = new HashMap<>();
      regions.forEach(path -> replacements.put(path.getLast(), forest.region(path)));
      List<Node> nodes = new ArrayList<>();
      for (int index : schedule.order()) {
        nodes.add(replacements.getOrDefault(index, graph.nodes().get(index)));
      }
      return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs());
    }

    private void report(List<Integer> trees, Map<Integer, Cut> cuts) {
      List<RegionReport.Choice> choices = new ArrayList<>();
      for (int root : trees) {
        Cut cut = Objects.requireNonNull(cuts.get(root));
        List<List<Integer>> regions = cut.paths().stream().filter(path -> path.size() > 1).toList();
        for (List<Integer> path : regions) {
          RegionReport.Choice choice = choice(root, cut, path);
          choices.add(choice);
          context.remark(Remark.Kind.APPLIED, "form-regions", choice.location(), choice.toString());
        }
        if (regions.isEmpty()) {
          missed(root);
        }
      }
      context.publish(RegionReport.class, new RegionReport(choices));
    }

    private RegionReport.Choice choice(int root, Cut cut, List<Integer> path) {
      Node region = forest.region(path);
      return new RegionReport.Choice(
          region.location(),
          path.stream().map(this::name).toList(),
          region.results().size(),
          cost(path),
          separate(path),
          runnerUp(root, cut, path));
    }

    /// The best cut without this path; there is one, as every node has a kernel of its own.
    private RegionReport.RunnerUp runnerUp(int root, Cut cut, List<Integer> path) {
      Set<List<Integer>> without = new HashSet<>(forbidden);
      without.add(path);
      Cut other = segmentation.bestWithout(root, without);
      String kernels =
          other.paths().stream()
              .filter(p -> p.stream().anyMatch(path::contains))
              .sorted(Comparator.comparing(List::getLast))
              .map(this::names)
              .collect(Collectors.joining(" | "));
      return new RegionReport.RunnerUp(kernels, time(other) - time(cut));
    }

    /// Says what one kernel for some stages would cost where none was worth it.
    private void missed(int root) {
      Set<Integer> tree = Set.copyOf(forest.tree(root));
      Optional<List<Integer>> closest =
          costs.keySet().stream()
              .filter(path -> path.size() > 1 && !forbidden.contains(path))
              .filter(path -> tree.contains(path.getFirst()))
              .filter(path -> Double.isFinite(cost(path)))
              .max(
                  Comparator.comparingDouble(this::saving)
                      .thenComparing(List::getLast)
                      .thenComparing(List::size));
      closest.ifPresent(path ->
          context.remark(
              Remark.Kind.MISSED,
              "form-regions",
              forest.region(path).location(),
              String.format(
                  Locale.ROOT,
                  "%s stay %d kernels, predicted %.2f us; one kernel would take %.2f us",
                  names(path),
                  path.size(),
                  separate(path),
                  cost(path))));
    }

    private String names(List<Integer> path) {
      return path.stream().map(this::name).collect(Collectors.joining(" + "));
    }

    private String name(int index) {
      Value result = forest.node(index).result();
      return result.name().isEmpty() ? forest.node(index).op().name() : result.name();
    }
  }
}
