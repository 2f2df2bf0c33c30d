package dev.tuckerc.cli.pipeline;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.tensor.DataType;

/// Size and cost of a graph.
///
/// @param nodes operations, constants not counted
/// @param convolutions how many of them are convolutions
/// @param parameters numbers in floating-point constants of rank one or more
/// @param multiplyAdds of convolutions and matrix products
public record GraphFigures(int nodes, int convolutions, long parameters, long multiplyAdds) {

  /// Counts.
  public static GraphFigures of(Graph graph) {
    int nodes = 0;
    int convolutions = 0;
    long parameters = 0;
    long multiplyAdds = 0;
    for (Node node : graph.nodes()) {
      switch (node.op()) {
        case Constant constant -> {
          if (constant.tensor().type().isFloat() && constant.tensor().rank() > 0) {
            parameters += constant.tensor().size();
          }
        }
        case Convolution conv -> {
          nodes++;
          convolutions++;
          multiplyAdds += product(node.result().shape()) * rest(conv.weight().shape());
        }
        case ConvolutionTranspose conv -> {
          nodes++;
          multiplyAdds += product(conv.input().shape()) * rest(conv.weight().shape());
        }
        case MatMul product -> {
          nodes++;
          multiplyAdds += product(node.result().shape()) * depth(product);
        }
        case Region region -> {
          GraphFigures inside = of(region.body());
          nodes += inside.nodes();
          convolutions += inside.convolutions();
          multiplyAdds += inside.multiplyAdds();
        }
        default -> nodes++;
      }
    }
    return new GraphFigures(nodes, convolutions, parameters, multiplyAdds);
  }

  /// Whether a graph computes in 16-bit floats, so that its results have their precision.
  public static boolean usesHalf(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> !(node.op() instanceof Constant))
        .flatMap(node -> node.results().stream())
        .map(result -> result.type().elementType())
        .anyMatch(DataType::isHalf);
  }

  /// Such as `60 nodes, 20 convolutions, 11.69 M parameters, 1.81 GMAC`.
  public String text() {
    return "%d nodes, %d convolutions, %s parameters, %sMAC"
        .formatted(nodes, convolutions, scaled(parameters).strip(), scaled(multiplyAdds));
  }

  /// A count with three digits and a unit prefix.
  public static String scaled(long count) {
    if (count < 1000) {
      return count + " ";
    }
    String[] units = {"k", "M", "G", "T"};
    double value = count;
    int unit = -1;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return "%.3g %s".formatted(value, units[unit]);
  }

  private static long product(Shape shape) {
    return shape.isStatic() ? shape.elementCount() : 0;
  }

  /// Multiply-adds of one output element: everything but the first axis of the weight.
  private static long rest(Shape weight) {
    long product = 1;
    for (int axis = 1; axis < weight.rank(); axis++) {
      product *= weight.extent(axis);
    }
    return product;
  }

  private static long depth(MatMul product) {
    Shape left = product.operands().getFirst().shape();
    return left.isStatic() && left.rank() > 0 ? left.extent(left.rank() - 1) : 0;
  }
}
