package dev.tuckerc.ir;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where a node comes from: the source nodes it stands for, in source order.
///
/// @param origins at least one unless synthetic
public record Location(List<Origin> origins) {
  /// A node of the source model.
  ///
  /// @param index position in the source graph
  /// @param name node name, or its first output's name where it has none
  /// @param operator source operator type
  public record Origin(int index, String name, String operator) implements Comparable<Origin> {
    @Override
    public int compareTo(Origin other) {
      int byIndex = Integer.compare(index, other.index);
      return byIndex != 0 ? byIndex : name.compareTo(other.name);
    }
  }

  /// A node that stands for no source node.
  public static final Location NONE = new Location(List.of());

  public Location {
    origins = List.copyOf(origins);
  }

  /// One source node.
  public static Location of(int index, String name, String operator) {
    return new Location(List.of(new Origin(index, name, operator)));
  }

  /// The union of several locations.
  public static Location fused(Location... locations) {
    return new Location(
        List.copyOf(new TreeSet<>(Stream.of(locations).flatMap(l -> l.origins.stream()).toList())));
  }

  /// Name of the first origin, for kernel names and messages; empty when synthetic.
  public String name() {
    return origins.isEmpty() ? "" : origins.getFirst().name();
  }

  @Override
  public String toString() {
    return origins.stream()
        .map(o ->
            PrintableText.brief(o.operator())
                + " '"
                + PrintableText.brief(o.name())
                + "' (node "
                + o.index()
                + ")")
        .collect(Collectors.joining(", "));
  }
}
