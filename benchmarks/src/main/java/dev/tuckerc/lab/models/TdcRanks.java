package dev.tuckerc.lab.models;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.lab.grid.TdcLayers;
import dev.tuckerc.lab.grid.TdcLayers.Layer;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.zoo.Zoo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The ranks that TDC (PPoPP 2023) publishes for its models, layer by layer; what it does not list
/// stays dense.
///
/// @param policy for the network's graph
/// @param unused rows of the table that no convolution of the network has, such as a fully
///   connected layer that TDC treats as a convolution
public record TdcRanks(RankPolicy policy, List<String> unused) {
  /// Name of these ranks in options and results.
  public static final String NAME = "tdc";

  /// Whether TDC publishes ranks for a network of the zoo.
  public static boolean published(Zoo network) {
    return !rows(network).isEmpty();
  }

  private static List<Layer> rows(Zoo network) {
    // The table's VGG-16 has the layer names of the form with batch normalisation.
    String model = network == Zoo.VGG16_BN ? "vgg16" : network.text();
    return TdcLayers.table().stream()
        .filter(layer -> layer.set().equals("tucker") && layer.model().equals(model))
        .toList();
  }

  /// The ranks for a network of the zoo; empty where TDC has none.
  public static Optional<TdcRanks> of(Zoo network, Graph graph) {
    List<Layer> rows = rows(network);
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Map<String, RankChoice> choices = new LinkedHashMap<>();
    Map<Layer, Integer> used = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Convolution convolution && convolution.window().taps() > 1) {
        String name = node.location().name();
        Optional<Layer> row = row(rows, name, convolution);
        row.ifPresent(layer -> used.merge(layer, 1, Integer::sum));
        choices.put(
            name,
            row.<RankChoice>map(TdcRanks::ranks)
                .orElseGet(() -> new RankChoice.KeepDense("TDC gives no ranks for it")));
      }
    }
    List<String> unused = new ArrayList<>();
    for (Layer row : rows) {
      int count = used.getOrDefault(row, 0);
      if (count == 0) {
        unused.add(row.layer());
      } else if (count != row.count()) {
        throw new IllegalStateException(
            network.text()
                + " "
                + row.layer()
                + ": "
                + count
                + " convolutions, "
                + row.count()
                + " in TDC");
      }
    }
    return Optional.of(new TdcRanks(new RanksByLayer(NAME, choices), unused));
  }

  /// The row with the layer's name, else the one of its shape that stands for several layers.
  private static Optional<Layer> row(List<Layer> rows, String name, Convolution convolution) {
    List<Layer> same = rows.stream().filter(row -> hasShape(row, convolution)).toList();
    return same.stream()
        .filter(row -> row.layer().equals(name))
        .findFirst()
        .or(() -> same.stream().filter(row -> row.count() > 1).findFirst())
        .or(() -> same.size() == 1 ? Optional.of(same.getFirst()) : Optional.empty());
  }

  private static boolean hasShape(Layer row, Convolution convolution) {
    var input = convolution.input().shape();
    var weight = convolution.weight().shape();
    return row.inputs() == input.extent(1)
        && row.outputs() == weight.extent(0)
        && row.height() == input.extent(2)
        && row.width() == input.extent(3)
        && row.kernel() == weight.extent(2)
        && row.stride() == convolution.window().stride().getFirst();
  }

  private static RankChoice ranks(Layer row) {
    return new RankChoice.Ranks(Math.toIntExact(row.rankIn()), Math.toIntExact(row.rankOut()));
  }
}
