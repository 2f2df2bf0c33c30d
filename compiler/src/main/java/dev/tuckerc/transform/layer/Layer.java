package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.ranks.LayerKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A node of a graph that has a weight: a convolution, a transposed convolution, or a matrix
/// product with a constant on its right.
///
/// @param key names the node in every import of the same model
/// @param name name of the ONNX node
/// @param weight the operand that is the weight
/// @param data the weight, a matrix without kernel, that of a flattened image with the image as its
///   kernel; empty where it is not constant
/// @param obstacle why nothing can be done with it, whatever a policy says
public record Layer(
    Node node,
    Key key,
    String name,
    LayerKind kind,
    Value weight,
    Optional<LayerWeight> data,
    long groups,
    Optional<String> obstacle) {

  /// The how-manieth layer of a name: a node that was unrolled makes several. What else was folded
  /// into the layer differs from import to import, so it is no part of the key.
  public record Key(String name, int occurrence) {}

  /// Checks that extents are known, without which nothing can be counted.
  ///
  /// @throws IrException when one is symbolic
  public void requireStatic() {
    if (!node.result().shape().isStatic() || !node.op().operands().getFirst().shape().isStatic()) {
      throw new IrException(
          node.location()
              + ": the shape "
              + node.result().shape()
              + " is symbolic; give the model's inputs their shapes with --shape");
    }
  }

  /// All layers of a graph, in its order.
  public static List<Layer> of(Graph graph) {
    Map<Value, Tensor> constants = new IdentityHashMap<>();
    Map<String, Integer> occurrences = new HashMap<>();
    Map<Value, Reshape> reshapes = new IdentityHashMap<>();
    FactorChains chains = FactorChains.of(graph);
    List<Layer> layers = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        constants.put(node.result(), constant.tensor());
      }
      if (node.op() instanceof Reshape reshape) {
        reshapes.put(node.result(), reshape);
      }
      find(node, constants, reshapes, occurrences, chains).ifPresent(layers::add);
    }
    return layers;
  }

  /// The node of every layer of a graph.
  public static Map<Key, Node> nodes(Graph graph) {
    Set<Value> constants = new HashSet<>();
    Map<String, Integer> occurrences = new HashMap<>();
    Map<Key, Node> nodes = new HashMap<>();
    for (Node node : graph.nodes()) {
      boolean layer =
          switch (node.op()) {
            case Constant _ -> {
              constants.add(node.result());
              yield false;
            }
            case Convolution _, ConvolutionTranspose _ -> true;
            case MatMul product -> constants.contains(product.b());
            default -> false;
          };
      if (layer) {
        String name = nameOf(node);
        nodes.put(new Key(name, occurrences.merge(name, 1, Integer::sum)), node);
      }
    }
    return nodes;
  }

  private static Optional<Layer> find(
      Node node,
      Map<Value, Tensor> constants,
      Map<Value, Reshape> reshapes,
      Map<String, Integer> occurrences,
      FactorChains chains) {
    Optional<Value> image =
        node.op() instanceof MatMul product
            ? Optional.ofNullable(reshapes.get(product.a())).flatMap(r -> image(node, r))
            : Optional.empty();
    Value weight;
    LayerKind kind;
    long groups = 1;
    switch (node.op()) {
      case Convolution convolution -> {
        weight = convolution.weight();
        groups = convolution.groups();
        kind =
            groups > 1 && weight.shape().extent(1) == 1
                ? LayerKind.DEPTHWISE
                : chains.isFactor(node)
                    ? LayerKind.FACTOR
                    : convolution.window().taps() == 1 ? LayerKind.POINTWISE : LayerKind.SPATIAL;
      }
      case ConvolutionTranspose convolution -> {
        weight = convolution.weight();
        groups = convolution.groups();
        kind = LayerKind.TRANSPOSED;
      }
      case MatMul product -> {
        weight = product.b();
        kind =
            chains.isFactor(node)
                ? LayerKind.FACTOR
                : image.isPresent() ? LayerKind.FLATTENED : LayerKind.PRODUCT;
        if (!constants.containsKey(weight)) {
          // A product of two computed matrices has no weight.
          return Optional.empty();
        }
      }
      default -> {
        return Optional.empty();
      }
    }
    Tensor constant = constants.get(weight);
    Optional<String> obstacle = obstacle(node.op(), constant, groups);
    Optional<LayerWeight> data =
        obstacle.isPresent() || constant == null
            ? Optional.empty()
            : Optional.of(
                oriented(node.op(), constant, image.filter(_ -> kind == LayerKind.FLATTENED)));
    String name = nameOf(node);
    int occurrence = occurrences.merge(name, 1, Integer::sum);
    return Optional.of(
        new Layer(node, new Key(name, occurrence), name, kind, weight, data, groups, obstacle));
  }

  private static Optional<String> obstacle(
      Op op, @org.jspecify.annotations.Nullable Tensor weight, long groups) {
    if (weight == null) {
      return Optional.of("the weight is not constant");
    }
    if (!weight.type().isFloat()) {
      return Optional.of("the weight is of type " + weight.type());
    }
    if (weight.size() == 0) {
      return Optional.of("the weight is empty");
    }
    return switch (op) {
      case MatMul _ when weight.rank() != 2 -> Optional.of("a batch of " + weight.rank() + " axes");
      case ConvolutionTranspose _ when groups > 1 -> Optional.of("grouped and transposed");
      default -> Optional.empty();
    };
  }

  /// The image `[N, C, H, W]`, of several pixels, whose flattened rows a product reads.
  ///
  /// @param reshape defines the product's left side
  public static Optional<Value> image(Node node, Reshape reshape) {
    Value image = reshape.input();
    boolean flattens =
        node.op() instanceof MatMul product
            && product.a().shape().rank() == 2
            && image.shape().rank() == 4
            && image.shape().isStatic()
            && product.a().shape().isStatic()
            && product.a().shape().extent(0) == image.shape().extent(0)
            && image.shape().extent(2) * image.shape().extent(3) > 1;
    return flattens ? Optional.of(image) : Optional.empty();
  }

  /// The weight with output channels first; that of a flattened image with the image's axes.
  private static LayerWeight oriented(Op op, Tensor weight, Optional<Value> image) {
    if (op instanceof Convolution) {
      return new LayerWeight(weight, false, weight.shape());
    }
    List<Long> shape = new ArrayList<>(weight.shape());
    Collections.swap(shape, 0, 1);
    if (image.isPresent()) {
      shape.subList(1, shape.size()).clear();
      shape.addAll(image.get().shape().extents().subList(1, 4));
    }
    return new LayerWeight(weight, true, shape);
  }

  /// Largest magnitude of the weight.
  public double magnitude() {
    return data.orElseThrow().stored().magnitude();
  }

  /// Whether another import's layer has the same weight.
  public boolean hasWeightOf(Layer other) {
    return data.isPresent()
        && other.data.isPresent()
        && data.get().contentEquals(other.data.get())
        && groups == other.groups;
  }

  /// What factorizes the weight; the caller closes it.
  public Factorizer factorizer() {
    return new Factorizer(data.orElseThrow().tensor(), groups);
  }

  /// Output channels of a group.
  public int outputs() {
    return (int) (data.orElseThrow().dimension(0) / groups);
  }

  /// Input channels of a group.
  public int inputs() {
    return data.orElseThrow().dimension(1);
  }

  /// Kernel taps.
  public int taps() {
    return data.orElseThrow().size() / (data.orElseThrow().dimension(0) * inputs());
  }

  /// Name of the ONNX node that a node comes from; folded neighbours are passed over.
  public static String nameOf(Node node) {
    boolean convolves = !(node.op() instanceof MatMul);
    return node.location().origins().stream()
        .filter(origin ->
            convolves
                ? origin.operator().startsWith("Conv")
                : origin.operator().equals("Gemm") || origin.operator().equals("MatMul"))
        .map(Location.Origin::name)
        .findFirst()
        .orElseGet(
            () -> node.location().name().isEmpty() ? node.result().name() : node.location().name());
  }
}
