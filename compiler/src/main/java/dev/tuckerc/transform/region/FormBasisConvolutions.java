package dev.tuckerc.transform.region;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// conv1x1(depthwise(x, B), A) => basis_conv(x, B, A), or conv(x, A B)
///
/// where all channels share the kernels of the depthwise convolution and nothing stands between the
/// two (PENNI, ICML 2020); and conv1x1(x, A) => basis_conv(x, 1, A) where A is sparse. Of the chain
/// as it is, the kernel that multiplies only the coefficients that are not zero, and the plain
/// convolution that the chain stands for, the one is taken that the context's [LayerCostModel]
/// predicts fastest; without a model nothing changes. A chain that
/// [dev.tuckerc.transform.decompose.DecomposeConvolutions] made is not multiplied out again.
public record FormBasisConvolutions() implements Pass {
  /// Denser matrices are not looked at: a tensor core, or a tile of registers, is then faster.
  private static final double MOST_DENSITY = 0.5;

  @Override
  public String name() {
    return "form-basis-convolutions";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    return context
        .find(LayerCostModel.class)
        .map(model -> new Run(graph, context, model).run())
        .orElse(graph);
  }

  /// A sparse product, and what comes before it.
  ///
  /// @param chain the nodes it takes the place of
  /// @param basis `[B, kernel...]`
  /// @param coefficients `[O, I*B]`
  /// @param nonzeros coefficients that are not zero
  private record Match(
      List<Node> chain,
      Value input,
      Window window,
      Tensor basis,
      Tensor coefficients,
      long nonzeros) {
    Match(List<Node> chain, Value input, Window window, Tensor basis, Tensor coefficients) {
      this(chain, input, window, basis, coefficients, nonzeros(coefficients));
    }

    private static long nonzeros(Tensor coefficients) {
      return IntStream.range(0, coefficients.size())
          .filter(i -> coefficients.getDouble(i) != 0)
          .count();
    }

    Convolution product() {
      return (Convolution) chain.getLast().op();
    }

    Location location() {
      return Location.fused(chain.stream().map(Node::location).toArray(Location[]::new));
    }
  }

  /// Operations that could take the place of a match, and what they cost.
  private record Choice(Op op, List<Node> constants, double microseconds) {}

  private static final class Run {
    private final Graph graph;
    private final PassContext context;
    private final LayerCostModel model;
    private final Map<Value, Constant> constants = new IdentityHashMap<>();
    private final Map<Value, Node> definitions = new IdentityHashMap<>();
    private final Map<Value, Integer> uses = new IdentityHashMap<>();
    private final Set<String> labels = new HashSet<>();
    private final Set<Location.Origin> decomposed;

    Run(Graph graph, PassContext context, LayerCostModel model) {
      this.graph = graph;
      this.context = context;
      this.model = model;
      decomposed =
          context.report(DecompositionReport.class).stream()
              .flatMap(report -> report.layers().stream())
              .filter(layer -> layer.ranks().isPresent())
              .map(LayerReport::location)
              .flatMap(location -> location.origins().stream())
              .collect(Collectors.toSet());
      for (Node node : graph.nodes()) {
        if (node.op() instanceof Constant constant) {
          constants.put(node.result(), constant);
          labels.add(constant.label());
        }
        node.results().forEach(result -> definitions.put(result, node));
        node.op().operands().forEach(operand -> uses.merge(operand, 1, Integer::sum));
      }
      graph.outputs().forEach(output -> uses.merge(output.value(), 1, Integer::sum));
    }

    Graph run() {
      List<Node> nodes = new ArrayList<>();
      boolean changed = false;
      for (Node node : graph.nodes()) {
        Optional<Choice> choice = match(node).flatMap(this::better);
        if (choice.isPresent()) {
          changed = true;
          nodes.addAll(choice.get().constants());
          nodes.add(new Node(choice.get().op(), node.result(), node.location()));
        } else {
          nodes.add(node);
        }
      }
      return changed
          ? Rewriter.removeDeadNodes(
              new Graph(graph.name(), graph.inputs(), nodes, graph.outputs()))
          : graph;
    }

    private Optional<Match> match(Node node) {
      if (!(node.op() instanceof Convolution product)
          || product.groups() != 1
          || !product.window().isPointwise()
          || !StageRules.isPixels(node.result())
          || !StageRules.isPixels(product.input())
          || product.epilogue().operands().contains(product.input())) {
        return Optional.empty();
      }
      Optional<Tensor> weight = data(product.weight());
      if (weight.isEmpty()) {
        return Optional.empty();
      }
      Tensor matrix = weight.get().reshape(weight.get().shape().subList(0, 2));
      Node before = definitions.get(product.input());
      if (before != null && Objects.requireNonNull(uses.get(product.input())) == 1) {
        Optional<Match> shared = sharedBasis(before, node, matrix);
        if (shared.isPresent()) {
          return shared;
        }
      }
      Tensor one = Tensor.ofDoubles(List.of(1L, 1L, 1L), 1).convert(matrix.type());
      Match alone = new Match(List.of(node), product.input(), product.window(), one, matrix);
      return alone.nonzeros() <= MOST_DENSITY * matrix.size()
          ? Optional.of(alone)
          : Optional.empty();
    }

    private Optional<Match> sharedBasis(Node first, Node last, Tensor matrix) {
      if (!(first.op() instanceof Convolution filter)
          || !StageRules.isPixels(filter.input())
          || filter.bias().isPresent()
          || !filter.epilogue().isIdentity()
          || filter.weight().shape().extent(1) != 1
          || filter.groups() != filter.input().shape().extent(1)) {
        return Optional.empty();
      }
      return data(filter.weight())
          .flatMap(weight -> basis(weight, Math.toIntExact(filter.groups())))
          .map(basis ->
              new Match(List.of(first, last), filter.input(), filter.window(), basis, matrix));
    }

    /// The kernels of one channel, if all channels have the same.
    private static Optional<Tensor> basis(Tensor weight, int channels) {
      int size = weight.size() / channels;
      for (int i = size; i < weight.size(); i++) {
        if (weight.getDouble(i) != weight.getDouble(i - size)) {
          return Optional.empty();
        }
      }
      List<Long> shape = new ArrayList<>(List.of((long) weight.dimension(0) / channels));
      shape.addAll(weight.shape().subList(2, weight.rank()));
      long bytes = weight.data().byteSize() / channels;
      return Optional.of(Tensor.of(weight.type(), shape, weight.data().asSlice(0, bytes)));
    }

    private Optional<Tensor> data(Value value) {
      return Optional.ofNullable(constants.get(value))
          .map(Constant::tensor)
          .filter(tensor -> tensor.type().isFloat());
    }

    /// What is faster than the chain as it is.
    private Optional<Choice> better(Match match) {
      double chain = microseconds(match.chain());
      Choice sparse = sparse(match);
      List<Choice> choices = new ArrayList<>(List.of(sparse));
      StringBuilder prices = new StringBuilder();
      prices.append(price("as it is", chain)).append(price(", sparse", sparse.microseconds()));
      boolean asked = match.location().origins().stream().anyMatch(decomposed::contains);
      if (match.chain().size() > 1 && !asked) {
        Choice dense = dense(match);
        choices.add(dense);
        prices.append(price(", multiplied out", dense.microseconds()));
      }
      Choice best =
          choices.stream()
              .min((a, b) -> Double.compare(a.microseconds(), b.microseconds()))
              .orElseThrow();
      boolean taken = best.microseconds() < chain;
      String density =
          String.format(
              Locale.ROOT,
              "%.1f %% of the coefficients are not zero; predicted: ",
              100.0 * match.nonzeros() / match.coefficients().size());
      context.remark(
          taken ? Remark.Kind.APPLIED : Remark.Kind.MISSED,
          "form-basis-convolutions",
          match.location(),
          density + prices);
      return taken ? Optional.of(best) : Optional.empty();
    }

    private static String price(String what, double microseconds) {
      return Double.isFinite(microseconds)
          ? String.format(Locale.ROOT, "%s %.2f us", what, microseconds)
          : what + " not possible";
    }

    private Choice sparse(Match match) {
      List<Node> own = new ArrayList<>();
      Convolution product = match.product();
      String base = label(product.weight());
      Value basis = constant(base + ".basis", match.basis(), match, own);
      Value coefficients = constant(base + ".coefficients", match.coefficients(), match, own);
      BasisConvolution op =
          new BasisConvolution(
              match.input(),
              basis,
              coefficients,
              product.bias(),
              match.window(),
              match.nonzeros(),
              product.epilogue());
      return choice(op, own, match);
    }

    private Choice dense(Match match) {
      List<Node> own = new ArrayList<>();
      Convolution product = match.product();
      Tensor weight =
          BasisConvolution.weight(match.basis(), match.coefficients())
              .convert(match.coefficients().type());
      Value value = constant(label(product.weight()) + ".dense", weight, match, own);
      Convolution op =
          new Convolution(
              match.input(), value, product.bias(), match.window(), 1, product.epilogue());
      return choice(op, own, match);
    }

    private Choice choice(Op op, List<Node> own, Match match) {
      Node node = new Node(op, match.chain().getLast().result(), match.location());
      return new Choice(op, own, microseconds(List.of(node)));
    }

    /// The least of one kernel for each node and one kernel for all; infinite where there is none.
    private double microseconds(List<Node> nodes) {
      double separate = nodes.stream().mapToDouble(node -> region(List.of(node))).sum();
      return nodes.size() == 1 ? separate : Math.min(separate, region(nodes));
    }

    private double region(List<Node> nodes) {
      Region region = (Region) RegionBuilder.build(nodes, _ -> false).op();
      return model.estimate(region).map(Estimate::microseconds).orElse(Double.POSITIVE_INFINITY);
    }

    private String label(Value weight) {
      return Objects.requireNonNull(constants.get(weight)).label();
    }

    private Value constant(String base, Tensor data, Match match, List<Node> own) {
      String label = base;
      for (int i = 2; labels.contains(label); i++) {
        label = base + "." + i;
      }
      labels.add(label);
      Node node = Node.of(new Constant(label, data), label, match.location());
      own.add(node);
      return node.result();
    }
  }
}
