package dev.tuckerc.transform.region;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// Cuts a tree of stages into paths, each one kernel, of least predicted time in all: exactly, by
/// dynamic programming from the leaves up.
///
/// ```
/// best(v) = min over paths p downwards from v of cost(p) + sum of best(c), c hanging off p
/// ```
///
/// where `c` hangs off `p` when its parent lies on `p` and it does not. In a chain that is `best(j)
/// = min over i of best(i) + cost(i..j)`; in a tree every path is weighed once, so a fork is
/// decided exactly, too.
final class Segmentation {
  /// Longest region in stages; bounds the paths that are weighed, where a model has a chain of
  /// hundreds of products.
  static final int LONGEST = 16;

  private final StageForest forest;
  private final ToDoubleFunction<List<Integer>> cost;

  /// @param cost of a path of one or more nodes in microseconds; infinite where no kernel computes
  ///   it
  Segmentation(StageForest forest, ToDoubleFunction<List<Integer>> cost) {
    this.forest = forest;
    this.cost = cost;
  }

  /// A tree in pieces.
  ///
  /// @param microseconds sum over the pieces
  /// @param paths from the root down
  record Cut(double microseconds, List<List<Integer>> paths) {}

  /// The best cut of the tree below a node; of equal ones, one with longer paths.
  ///
  /// @param allowed paths that may be taken, of those of several nodes or one
  Cut best(int root, Predicate<List<Integer>> allowed) {
    Search search = new Search(allowed);
    for (int index : forest.tree(root).reversed()) {
      search.solve(index);
    }
    List<List<Integer>> paths = new ArrayList<>();
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      List<Integer> path = Objects.requireNonNull(search.chosen.get(open.removeFirst()));
      paths.add(path);
      for (int index : path) {
        forest.children(index).stream().filter(c -> !path.contains(c)).forEach(open::add);
      }
    }
    return new Cut(search.least(root), paths);
  }

  /// The best cut without some paths.
  Cut bestWithout(int root, Set<List<Integer>> forbidden) {
    return best(root, path -> !forbidden.contains(path));
  }

  private final class Search {
    private final Predicate<List<Integer>> allowed;
    private final Map<Integer, Double> least = new HashMap<>();
    private final Map<Integer, List<Integer>> chosen = new HashMap<>();

    Search(Predicate<List<Integer>> allowed) {
      this.allowed = allowed;
    }

    double least(int index) {
      return Objects.requireNonNull(least.get(index));
    }

    void solve(int top) {
      least.put(top, Double.POSITIVE_INFINITY);
      chosen.put(top, List.of(top));
      extend(top, List.of(top), 0);
    }

    /// @param hanging sum of what hangs off all of the path but its last node
    private void extend(int top, List<Integer> path, double hanging) {
      int last = path.getLast();
      double below = forest.children(last).stream().mapToDouble(this::least).sum();
      if (allowed.test(path)) {
        double total = cost.applyAsDouble(path) + hanging + below;
        if (total <= least(top)) {
          least.put(top, total);
          chosen.put(top, path);
        }
      }
      if (path.size() == LONGEST || !forest.starts(top)) {
        return;
      }
      for (int child : forest.children(last)) {
        List<Integer> longer = new ArrayList<>(path);
        longer.add(child);
        if (forest.isConvex(longer)) {
          double siblings =
              forest.children(last).stream()
                  .filter(other -> other != child)
                  .mapToDouble(this::least)
                  .sum();
          extend(top, List.copyOf(longer), hanging + siblings);
        }
      }
    }
  }
}
