package dev.tuckerc.codegen;

import dev.tuckerc.ir.Attributes;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// What of a region a prediction depends on: the operations, how they hang together, and types; not
/// the names. Equal shapes get equal kernels.
///
/// @param inputs types of the operands
/// @param stages the body's nodes, in order
/// @param results numbers of the body's outputs; values are numbered inputs first, then results
record RegionShape(List<TensorType> inputs, List<Stage> stages, List<Integer> results) {

  /// @param operands numbers of the values read
  record Stage(
      String operation, Attributes attributes, List<Integer> operands, List<TensorType> types) {}

  static RegionShape of(Region region) {
    Graph body = region.body();
    Map<Value, Integer> numbers = new HashMap<>();
    body.inputs().forEach(input -> numbers.put(input, numbers.size()));
    List<Stage> stages = new ArrayList<>();
    for (Node node : body.nodes()) {
      List<Integer> operands =
          node.op().operands().stream().map(v -> Objects.requireNonNull(numbers.get(v))).toList();
      node.results().forEach(result -> numbers.put(result, numbers.size()));
      List<TensorType> types = node.results().stream().map(Value::type).toList();
      stages.add(new Stage(node.op().name(), node.op().attributes(), operands, types));
    }
    return new RegionShape(
        body.inputs().stream().map(Value::type).toList(),
        stages,
        body.outputs().stream()
            .map(output -> Objects.requireNonNull(numbers.get(output.value())))
            .toList());
  }

  /// The body's inputs that are weights or biases. A matrix on the right of a product is one, and a
  /// vector that is added to the product.
  static Set<Value> weights(Graph body) {
    Set<Value> weights = new HashSet<>();
    for (Node node : body.nodes()) {
      if (node.op() instanceof BasisConvolution convolution) {
        weights.add(convolution.basis());
        weights.add(convolution.coefficients());
        convolution.bias().ifPresent(weights::add);
      }
      if (node.op() instanceof ConvolutionTranspose convolution) {
        weights.add(convolution.weight());
        convolution.bias().ifPresent(weights::add);
      }
      if (node.op() instanceof Convolution convolution) {
        weights.add(convolution.weight());
        convolution.bias().ifPresent(weights::add);
      } else if (node.op() instanceof MatMul product && product.b().shape().rank() == 2) {
        weights.add(product.b());
        product.epilogue().operands().stream()
            .filter(operand -> operand.shape().rank() == 1)
            .forEach(weights::add);
      }
    }
    weights.retainAll(Set.copyOf(body.inputs()));
    return weights;
  }
}
