package dev.tuckerc.lab.models;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.TdcLayers;
import dev.tuckerc.lab.grid.TdcLayers.Layer;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.zoo.Zoo;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The ranks that TDC (PPoPP 2023) publishes for its models, layer by layer; what it does not list
/// stays dense.
public final class TdcRanks {
  /// Name of these ranks in options and results.
  public static final String NAME = "tdc";

  private TdcRanks() {}

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
  public static Optional<RankPolicy> of(Zoo network, Graph graph) {
    List<Layer> rows = rows(network);
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Map<String, RankChoice> choices = new LinkedHashMap<>();
    Map<Layer, Integer> used = new LinkedHashMap<>();
    Map<Value, Op> definitions = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      definitions.put(node.result(), node.op());
      Optional<List<Long>> shape = shape(node.op(), definitions);
      if (shape.isPresent()) {
        String name = node.location().name();
        Optional<Layer> row = row(rows, name, shape.get());
        row.ifPresent(layer -> used.merge(layer, 1, Integer::sum));
        choices.put(
            name,
            row.<RankChoice>map(TdcRanks::ranks)
                .orElseGet(() -> new RankChoice.KeepDense("TDC gives no ranks for it")));
      }
    }
    for (Layer row : rows) {
      int count = used.getOrDefault(row, 0);
      if (count != row.count()) {
        throw new IllegalStateException(
            network.text() + " has " + count + " of TDC's " + row.count() + " " + row.layer());
      }
    }
    return Optional.of(new RanksByLayer(NAME, choices));
  }

  /// Channels, extents, kernel and stride of what TDC may factorize: a convolution of several taps,
  /// or a product over an image, which TDC sees as one.
  private static Optional<List<Long>> shape(Op op, Map<Value, Op> definitions) {
    return switch (op) {
      case Convolution c when c.window().taps() > 1 -> {
        long outputs = c.weight().shape().extent(0);
        Window window = c.window();
        yield shape(c.input(), outputs, window.kernel().getFirst(), window.stride().getFirst());
      }
      case MatMul product
          when definitions.get(product.a()) instanceof Reshape(Value image, var _)
              && image.shape().rank() == 4
              && image.shape().extent(2) > 1 ->
          shape(image, product.b().shape().extent(1), image.shape().extent(2), 1);
      default -> Optional.empty();
    };
  }

  private static Optional<List<Long>> shape(Value in, long outputs, long kernel, long stride) {
    List<Long> extents = in.shape().extents();
    return Optional.of(
        List.of(extents.get(1), outputs, extents.get(2), extents.get(3), kernel, stride));
  }

  private static List<Long> shape(Layer r) {
    return List.of(r.inputs(), r.outputs(), r.height(), r.width(), r.kernel(), r.stride());
  }

  /// The row with the layer's name, else the one of its shape that stands for several layers.
  private static Optional<Layer> row(List<Layer> rows, String name, List<Long> shape) {
    List<Layer> same = rows.stream().filter(row -> shape(row).equals(shape)).toList();
    return same.stream()
        .filter(row -> row.layer().equals(name) || row.count() > 1 || same.size() == 1)
        .min(Comparator.comparing(row -> !row.layer().equals(name)));
  }

  private static RankChoice ranks(Layer row) {
    return new RankChoice.Ranks(Math.toIntExact(row.rankIn()), Math.toIntExact(row.rankOut()));
  }
}
