package dev.tuckerc.cli.tensors;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.tensor.Tensor;

/// Tensors and comparisons in a few words, and as JSON.
public final class TensorText {
  private static final int SHOWN = 8;

  private TensorText() {}

  /// Type, shape, first elements, range, and the position of the largest element.
  public static String of(Tensor tensor) {
    StringBuilder text = new StringBuilder();
    text.append(tensor.type()).append(tensor.shape().toString().replace(" ", "")).append(" =");
    for (int i = 0; i < Math.min(SHOWN, tensor.size()); i++) {
      text.append(' ').append(element(tensor, i));
    }
    if (tensor.size() > SHOWN) {
      text.append(" ... (");
      text.append("min ").append("%.6g".formatted(extreme(tensor, -1)));
      text.append(", max ").append("%.6g".formatted(extreme(tensor, 1)));
      text.append(" at ").append(Comparison.argMax(tensor, 0, tensor.size())).append(')');
    }
    return text.toString();
  }

  /// A comparison.
  ///
  /// @param what what the tensor was compared with, such as "the reference"
  public static String of(Comparison comparison, String what) {
    return "%s %s: max abs error %.3g (%.3g of range), max rel error %.3g; worst: %s"
        .formatted(
            comparison.agrees() ? "agrees with" : "DIFFERS from",
            what,
            comparison.maxAbsolute(),
            comparison.ofRange(),
            comparison.maxRelative(),
            comparison.worst());
  }

  /// A comparison as JSON.
  public static void json(ObjectNode node, Comparison comparison) {
    node.put("agrees", comparison.agrees())
        .put("maxAbsolute", comparison.maxAbsolute())
        .put("maxRelative", comparison.maxRelative())
        .put("ofRange", comparison.ofRange())
        .put("worst", comparison.worst());
  }

  /// A tensor as JSON.
  public static void json(ObjectNode node, Tensor tensor) {
    node.put("type", tensor.type().text());
    ArrayNode shape = node.putArray("shape");
    tensor.shape().forEach(shape::add);
    ArrayNode first = node.putArray("first");
    for (int i = 0; i < Math.min(SHOWN, tensor.size()); i++) {
      first.add(tensor.getDouble(i));
    }
    if (tensor.size() > 0) {
      node.put("min", extreme(tensor, -1));
      node.put("max", extreme(tensor, 1));
      node.put("argMax", Comparison.argMax(tensor, 0, tensor.size()));
    }
  }

  private static String element(Tensor tensor, int index) {
    return tensor.type().isFloat()
        ? "%.6g".formatted(tensor.getDouble(index))
        : String.valueOf(tensor.getLong(index));
  }

  private static double extreme(Tensor tensor, int sign) {
    double best = sign * tensor.getDouble(0);
    for (int i = 1; i < tensor.size(); i++) {
      best = Math.max(best, sign * tensor.getDouble(i));
    }
    return sign * best;
  }
}
