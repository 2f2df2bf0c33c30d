package dev.tuckerc.codegen;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Attribute;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What times and choices depend on, in words that are the same in every process
/// ([dev.tuckerc.codegen.select.Predictions]).
///
/// @param scope the device, and the share of the weights that comes from its memory
record Questions(String scope) {
  static Questions of(DeviceDescription device, double coldWeights) {
    return new Questions(device + " " + coldWeights + "\n");
  }

  /// What the predicted time of a shape depends on; empty where words do not tell all of it.
  Optional<String> time(RegionShape shape) {
    return words(shape).map(words -> scope + words);
  }

  /// What the choice for a node depends on; empty where words do not tell all of it, or the data of
  /// weights decides, too, or making the choice again takes no longer.
  ///
  /// @param constants values known at compile time
  Optional<String> choice(Node node, Set<Value> constants) {
    Op op = node.op();
    boolean weighed =
        op instanceof Convolution
            || op instanceof MatMul
            || op instanceof Pool
            || op instanceof Region;
    if (!weighed) {
      return Optional.empty();
    }
    StringBuilder words = new StringBuilder(scope).append(op.name());
    List<Value> operands = op.operands();
    for (Value operand : operands) {
      // An operand may be the same value as another.
      words.append('\n').append(operands.indexOf(operand)).append(' ').append(operand.type());
      words.append(constants.contains(operand) ? " constant" : "");
    }
    node.results().forEach(result -> words.append("\n-> ").append(result.type()));
    words.append('\n');
    if (op instanceof Region region) {
      boolean dataDecides =
          region.body().nodes().stream().anyMatch(n -> n.op() instanceof BasisConvolution);
      return dataDecides
          ? Optional.empty()
          : words(RegionShape.of(region)).map(body -> words.append(body).toString());
    }
    return isTold(op.attributes().values().values())
        ? Optional.of(words.append(op.attributes()).toString())
        : Optional.empty();
  }

  private static Optional<String> words(RegionShape shape) {
    return shape.stages().stream().allMatch(s -> isTold(s.attributes().values().values()))
        ? Optional.of(shape.toString())
        : Optional.empty();
  }

  /// Whether the attributes' words are all there is to them.
  private static boolean isTold(Iterable<Attribute> attributes) {
    for (Attribute attribute : attributes) {
      boolean told =
          switch (attribute) {
            case Attribute.Block _, Attribute.Data _ -> false;
            case Attribute.Int _,
                Attribute.Ints _,
                Attribute.Extents _,
                Attribute.Real _,
                Attribute.Reals _,
                Attribute.Flag _,
                Attribute.Text _,
                Attribute.Type _,
                Attribute.Body _ ->
                true;
          };
      if (!told) {
        return false;
      }
    }
    return true;
  }
}
