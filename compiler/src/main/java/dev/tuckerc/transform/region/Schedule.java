package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// The order of a graph whose regions are single nodes: as close to the old order as can be, a
/// region where its last stage was.
///
/// Regions that are convex one by one may still wait for each other: each reads what an earlier
/// stage of the other stores. Then there is no order.
///
/// @param order units by the number of their last node, in an order in which all is defined before
///   it is used; not all units where some wait for each other
/// @param stuck regions that wait for each other; none where there is an order
record Schedule(List<Integer> order, List<List<Integer>> stuck) {

  /// @param regions paths of several nodes, disjoint
  static Schedule of(Graph graph, List<List<Integer>> regions) {
    int count = graph.nodes().size();
    int[] unit = new int[count];
    for (int index = 0; index < count; index++) {
      unit[index] = index;
    }
    for (List<Integer> region : regions) {
      region.forEach(index -> unit[index] = region.getLast());
    }
    Map<Value, Integer> definitions = new HashMap<>();
    List<Set<Integer>> before = new ArrayList<>();
    List<Set<Integer>> after = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      before.add(new HashSet<>());
      after.add(new HashSet<>());
    }
    for (int index = 0; index < count; index++) {
      Node node = graph.nodes().get(index);
      for (Value operand : node.op().operands()) {
        Integer definition = definitions.get(operand);
        if (definition != null && unit[definition] != unit[index]) {
          before.get(unit[index]).add(unit[definition]);
          after.get(unit[definition]).add(unit[index]);
        }
      }
      for (Value result : node.results()) {
        definitions.put(result, index);
      }
    }
    Set<Integer> open = new HashSet<>();
    for (int index = 0; index < count; index++) {
      open.add(unit[index]);
    }
    List<Integer> order = peel(open, before, after);
    peel(open, after, before);
    return new Schedule(
        order, regions.stream().filter(region -> open.contains(region.getLast())).toList());
  }

  /// Takes away units that wait for nothing, one by one, the earliest first.
  private static List<Integer> peel(
      Set<Integer> open, List<Set<Integer>> before, List<Set<Integer>> after) {
    List<Integer> order = new ArrayList<>();
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    Map<Integer, Integer> waits = new HashMap<>();
    for (int unit : open) {
      int missing = (int) before.get(unit).stream().filter(open::contains).count();
      waits.put(unit, missing);
      if (missing == 0) {
        ready.add(unit);
      }
    }
    while (!ready.isEmpty()) {
      int unit = ready.remove();
      order.add(unit);
      open.remove(unit);
      for (int next : after.get(unit)) {
        if (open.contains(next) && waits.merge(next, -1, Integer::sum) == 0) {
          ready.add(next);
        }
      }
    }
    return order;
  }
}
