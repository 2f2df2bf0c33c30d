package dev.tuckerc.transform.report;

import dev.tuckerc.transform.region.RegionReport;
import java.util.List;
import java.util.Optional;

/// What the decomposition did to a model, one entry for each layer that has a weight, in their
/// order.
///
/// @param policy the rank policy, as on the command line
/// @param network what the plan does to the network as a whole; empty without a cost model, and
///   where every layer has to stay dense
public record DecompositionReport(
    String policy, List<LayerReport> layers, Optional<NetworkFigures> network) {
  public DecompositionReport {
    layers = List.copyOf(layers);
  }

  /// The layers that were decomposed.
  public long decomposed() {
    return layers.stream().filter(layer -> layer.ranks().isPresent()).count();
  }

  /// Sum over all layers before.
  public LayerFigures before() {
    return layers.stream().map(LayerReport::before).reduce(LayerFigures.NONE, LayerFigures::plus);
  }

  /// Sum over all layers after.
  public LayerFigures after() {
    return layers.stream().map(LayerReport::after).reduce(LayerFigures.NONE, LayerFigures::plus);
  }

  /// A table for people.
  public String toText() {
    return DecompositionTable.text(this);
  }

  /// The same for programs.
  ///
  /// @param regions what one kernel computes of several layers
  /// @param explained the layer of which that was asked
  public String toJson(RegionReport regions, Optional<LayerTradeOff> explained) {
    return DecompositionTable.json(this, regions, explained);
  }
}
