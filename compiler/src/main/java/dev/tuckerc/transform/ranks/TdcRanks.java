package dev.tuckerc.transform.ranks;

import dev.tuckerc.transform.ranks.TdcTable.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// The ranks that TDC (Xiang et al., PPoPP 2023) publishes for its models; what it does not list
/// stays dense.
///
/// A model is known by its layers: channels, kernels and strides, in order, whatever their names
/// and the size of its images.
///
/// @param ranks of one model; empty before it is known which
public record TdcRanks(Optional<RanksByLayer> ranks) implements RankPolicy {
  /// Its name on the command line.
  public static final String NAME = "tdc";

  /// The ranks of whatever model it will be.
  public TdcRanks() {
    this(Optional.empty());
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return ranks
        .orElseThrow(() -> new IllegalStateException("TDC has ranks for whole models only"))
        .choose(layer);
  }

  @Override
  public RankPolicy forModel(List<? extends DecomposableLayer> layers) {
    TreeSet<String> models = new TreeSet<>();
    for (Row row : TdcTable.rows()) {
      if (!row.model().isEmpty() && models.add(row.model())) {
        Optional<Map<String, RankChoice>> found = ranks(row.model(), layers);
        if (found.isPresent()) {
          return new TdcRanks(Optional.of(new RanksByLayer(NAME, found.get())));
        }
      }
    }
    throw new RankPolicyException(
        "TDC publishes ranks for "
            + String.join(", ", models)
            + "; this model has other layers: choose other ranks");
  }

  /// The ranks of all layers when they are those of a model: as many of each shape as the table
  /// says.
  private static Optional<Map<String, RankChoice>> ranks(
      String model, List<? extends DecomposableLayer> layers) {
    List<Row> open = new ArrayList<>();
    for (Row row : TdcTable.rows()) {
      for (int i = 0; row.model().equals(model) && i < row.count(); i++) {
        open.add(row);
      }
    }
    Map<String, RankChoice> ranks = new LinkedHashMap<>();
    for (DecomposableLayer layer : layers) {
      boolean listed = TdcTable.rows().stream().anyMatch(r -> fits(r, model, layer));
      Optional<Row> row = open.stream().filter(r -> fits(r, model, layer)).findFirst();
      if (listed && row.isEmpty()) {
        return Optional.empty();
      }
      row.ifPresent(open::remove);
      ranks.put(
          layer.name(),
          row.map(TdcRanks::choice)
              .orElseGet(() -> new RankChoice.KeepDense("TDC gives no ranks for it")));
    }
    return open.isEmpty() ? Optional.of(ranks) : Optional.empty();
  }

  private static boolean fits(Row row, String model, DecomposableLayer layer) {
    return row.model().equals(model)
        && layer.kind() != LayerKind.FACTOR
        && row.inputs() == layer.inputs()
        && row.outputs() == layer.outputs()
        && row.kernel() * row.kernel() == layer.taps()
        && row.stride() == layer.stride();
  }

  private static RankChoice choice(Row row) {
    int in = Math.toIntExact(row.rankIn());
    return row.set().equals("svd")
        ? new RankChoice.SingularValues(in)
        : new RankChoice.Ranks(in, Math.toIntExact(row.rankOut()));
  }

  @Override
  public String text() {
    return NAME;
  }
}
