package dev.tuckerc.training.penni;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A convolution or a matrix product that mixes channels, with numbers that may change.
///
/// @param input whose channels it reads
/// @param weight of the node; a product's is transposed
/// @param bias of every output, all zero where the node has none
/// @param isFactored whether it becomes a basis and coefficients
record Filter(Node node, Value input, SharedBasis weight, double[] bias, boolean isFactored) {

  /// @param constants of the graph
  /// @param bases by the weights they take the place of
  /// @return empty where the node mixes no channels, or by numbers that are not known
  static Optional<Filter> of(
      Node node, Map<Value, Constant> constants, Map<Value, SharedBasis> bases) {
    return switch (node.op()) {
      case Convolution c
          when c.groups() == 1
              && c.epilogue().isIdentity()
              && isKnown(constants.get(c.weight()))
              && c.bias().map(b -> isKnown(constants.get(b))).orElse(true) -> {
        Tensor data = known(c.weight(), constants);
        SharedBasis basis = bases.get(c.weight());
        double[] bias =
            c.bias()
                .map(b -> known(b, constants).toDoubles())
                .orElseGet(() -> new double[data.dimension(0)]);
        int taps = Math.toIntExact(c.window().taps());
        SharedBasis weight =
            basis != null
                ? new SharedBasis(
                    basis.outputs(),
                    basis.inputs(),
                    basis.kernels(),
                    basis.taps(),
                    basis.coefficients().clone(),
                    basis.basis())
                : SharedBasis.ofTaps(data.dimension(0), data.dimension(1), taps, data.toDoubles());
        yield Optional.of(new Filter(node, c.input(), weight, bias, basis != null));
      }
      case MatMul m
          when m.epilogue().isIdentity()
              && m.a().shape().rank() == 2
              && m.b().shape().rank() == 2
              && isKnown(constants.get(m.b())) -> {
        Tensor data = known(m.b(), constants);
        int inputs = data.dimension(0);
        int outputs = data.dimension(1);
        double[] transposed = new double[inputs * outputs];
        for (int i = 0; i < inputs; i++) {
          for (int o = 0; o < outputs; o++) {
            transposed[o * inputs + i] = data.getDouble(i * outputs + o);
          }
        }
        SharedBasis weight = SharedBasis.ofTaps(outputs, inputs, 1, transposed);
        yield Optional.of(new Filter(node, m.a(), weight, new double[outputs], false));
      }
      default -> Optional.empty();
    };
  }

  private static Tensor known(Value value, Map<Value, Constant> constants) {
    return Objects.requireNonNull(constants.get(value)).tensor();
  }

  private static boolean isKnown(@Nullable Constant constant) {
    return constant != null && constant.tensor().type() == DataType.F32;
  }

  /// Whether zeros around the input make a constant channel one that is not constant.
  boolean pads() {
    return node.op() instanceof Convolution c
        && (c.window().padBefore().stream().anyMatch(p -> p != 0)
            || c.window().padAfter().stream().anyMatch(p -> p != 0));
  }
}
