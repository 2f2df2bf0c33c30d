package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.gemm.GemmLifting;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.JoinedSums;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A region as a chain of stages, each of which reads what the one before it computes: a
/// convolution over two spatial axes, ungrouped or depthwise, then products (1x1 convolutions) and
/// at most one pool of non-overlapping windows of 2 x 2 pixels. Activations are f16, or f32, with
/// channels last; weights are known at compile time.
///
/// @param arithmetic of all stages
/// @param image the f32 image with its channels first that the first convolution reads in f16;
///   empty where it reads what all stages read, with channels last
/// @param stages the first is a sum
/// @param kept operands of epilogues that a kernel keeps in shared memory
record RegionChain(
    RegionArithmetic arithmetic, Optional<Value> image, List<Stage> stages, List<Kept> kept) {
  /// Channels that a pixel of an image has in shared memory where its neighbours follow it closely.
  private static final long PACKED_CHANNELS = 4;

  RegionChain {
    stages = List.copyOf(stages);
    kept = List.copyOf(kept);
  }

  /// An f32 constant with an element for each channel, such as a bias. It is brought into shared
  /// memory with the first weights, for an epilogue that asked for it would wait for it.
  ///
  /// @param stage,operand place of the stage, and of the operand in its epilogue
  /// @param offset of its first element among those of all kept ones
  /// @param elements its channels
  record Kept(int stage, int operand, long offset, long elements, KnownConstant constant) {
    /// Elements that each is padded to a multiple of: 32 bytes, the widest access.
    private static final long UNIT = 8;

    private long end() {
      return offset + Math.ceilDiv(elements, UNIT) * UNIT;
    }
  }

  /// Elements of all kept constants together.
  long keptElements() {
    return kept.isEmpty() ? 0 : kept.getLast().end();
  }

  /// The kept constant that is an operand of a stage.
  Optional<Kept> kept(int stage, int operand) {
    return kept.stream().filter(k -> k.stage() == stage && k.operand() == operand).findFirst();
  }

  /// One step of a chain.
  sealed interface Stage {
    /// The node of the body that it computes.
    Node node();

    /// Where its value is stored; empty when it stays in the kernel.
    Optional<Value> stored();

    /// Channels of its value.
    long channels();
  }

  /// A convolution with its epilogue.
  sealed interface Sum extends Stage {
    /// The convolution in the form of the kernels.
    GemmProblem problem();

    /// Data of the problem's weight.
    KnownConstant weight();

    /// Indices of the epilogue's operands that have an element for each result, as a shortcut has;
    /// the others are the same for every pixel.
    default List<Integer> residuals() {
      return IntStream.range(0, problem().operands().size())
          .filter(i -> problem().operands().get(i).row().stream().anyMatch(stride -> stride != 0))
          .boxed()
          .toList();
    }

    @Override
    default long channels() {
      return problem().channels();
    }
  }

  /// A convolution that adds up over its input channels; where its problem has a branch, also over
  /// the channels of another tensor.
  record Product(Node node, Optional<Value> stored, GemmProblem problem, KnownConstant weight)
      implements Sum {}

  /// A depthwise convolution, by scalar units.
  ///
  /// @param problem with its channels along the channel axis ([GemmProblem#byChannel])
  record Depthwise(Node node, Optional<Value> stored, GemmProblem problem, KnownConstant weight)
      implements Sum {}

  /// A pool of 2 x 2 pixels.
  record Pooled(Node node, Optional<Value> stored, Pool.Kind kind) implements Stage {
    @Override
    public long channels() {
      return node.result().shape().extent(1);
    }
  }

  /// The convolution at the start.
  Sum first() {
    return (Sum) stages.getFirst();
  }

  /// The convolution at the start where it is a depthwise one.
  Optional<Depthwise> depthwise() {
    return first() instanceof Depthwise depthwise ? Optional.of(depthwise) : Optional.empty();
  }

  /// The products, in order.
  List<Product> products() {
    return stages.stream().filter(Product.class::isInstance).map(Product.class::cast).toList();
  }

  /// What a stage reads besides the tile before it: a tensor that brings more terms to its sums.
  Optional<GemmProblem.Branch> branch(int stage) {
    return stage < stages.size() && stages.get(stage) instanceof Product product
        ? product.problem().branch()
        : Optional.empty();
  }

  /// Whether a stage reads tensors of its own beside the tile before it.
  boolean asksForMore(int stage) {
    return stage < stages.size()
        && stages.get(stage) instanceof Product product
        && (!product.residuals().isEmpty() || product.problem().branch().isPresent());
  }

  /// Whether one of the stages is a pool.
  boolean pools() {
    return stages.stream().anyMatch(Pooled.class::isInstance);
  }

  /// Whether a product comes after a stage. It needs all channels of a pixel, of which a block of a
  /// cluster computes some.
  boolean isMultiplied(int stage) {
    return stages.subList(stage + 1, stages.size()).stream().anyMatch(Product.class::isInstance);
  }

  /// Whether a product comes after a pool.
  boolean multipliesPooled() {
    return IntStream.range(0, stages.size())
        .anyMatch(i -> stages.get(i) instanceof Pooled && isMultiplied(i));
  }

  /// The chain that a region is; empty when it is none, or one that no kernel computes.
  ///
  /// @throws dev.tuckerc.codegen.select.CodegenException when no kernel computes one of the
  ///   convolutions, naming it
  static Optional<RegionChain> of(Region region, LoweringContext context) {
    Graph body = region.body();
    DataType type = body.nodes().getFirst().result().type().elementType();
    Optional<RegionArithmetic> arithmetic = RegionArithmetic.of(type);
    if (arithmetic.isEmpty()) {
      return Optional.empty();
    }
    Map<Value, KnownConstant> constants = new IdentityHashMap<>();
    for (int i = 0; i < region.operands().size(); i++) {
      Value inside = body.inputs().get(i);
      context
          .constant(region.operands().get(i))
          .ifPresent(constant -> constants.put(inside, constant));
    }
    Map<Value, Value> stored = new IdentityHashMap<>();
    for (int i = 0; i < body.outputs().size(); i++) {
      stored.put(body.outputs().get(i).value(), context.node().results().get(i));
    }
    List<Stage> stages = new ArrayList<>();
    Optional<Value> image = image(body);
    for (Node node : body.nodes().subList(image.isPresent() ? 1 : 0, body.nodes().size())) {
      Optional<Value> target = Optional.ofNullable(stored.get(node.result()));
      LoweringContext own =
          new LoweringContext(node, context.model(), constants, context.library());
      if (!isPixels(node.result(), type)) {
        return Optional.empty();
      }
      Optional<Product> joined = joined(node, target, own, stages);
      if (joined.isPresent()) {
        stages.set(stages.size() - 1, joined.get());
        continue;
      }
      Optional<? extends Stage> stage = stage(node, target, own, stages);
      if (stage.isEmpty()) {
        return Optional.empty();
      }
      stages.add(stage.get());
    }
    if (stages.isEmpty()) {
      return Optional.empty();
    }
    RegionChain chain = new RegionChain(arithmetic.get(), image, stages, kept(stages, constants));
    boolean served =
        stages.getLast().stored().isPresent()
            && !chain.products().isEmpty()
            && (image.isEmpty() || chain.first() instanceof Product);
    long pools = stages.stream().filter(Pooled.class::isInstance).count();
    return served && pools <= 1 && stages.getFirst() instanceof Sum
        ? Optional.of(chain)
        : Optional.empty();
  }

  /// What the first node of a body converts to f16 with channels last, where it does so and the
  /// result is read once: nothing keeps the converted image, such as for a shortcut around the
  /// convolution.
  private static Optional<Value> image(Graph body) {
    Node first = body.nodes().getFirst();
    boolean converts =
        first.op() instanceof Pointwise conversion
            && conversion.body().equals(new Convert(DataType.F16, new Operand(0)))
            && conversion.operands().getFirst().type().elementType() == DataType.F32
            && conversion.operands().getFirst().type().layout().equals(Layout.ROW_MAJOR)
            && isPixels(first.result(), DataType.F16)
            && first.result().shape().extent(1) <= RegionArithmetic.TENSOR_CORES.chunk()
            && body.nodes().stream()
                    .flatMap(node -> node.op().operands().stream())
                    .filter(operand -> operand == first.result())
                    .count()
                == 1
            && body.outputs().stream().noneMatch(output -> output.value() == first.result());
    return converts ? Optional.of(first.op().operands().getFirst()) : Optional.empty();
  }

  /// Whether the pixels of an image take four channels of shared memory each. Then a row of the
  /// window is one run of pixels: it has to begin with a whole chunk of eight elements for every
  /// output pixel, and to be an even number of chunks long. Otherwise each pixel takes a chunk, and
  /// the first convolution is computed as from any other tensor.
  boolean packsPixels() {
    GemmProblem problem = first().problem();
    GemmProblem.Taps window = problem.window();
    return image.isPresent()
        && problem.run() <= PACKED_CHANNELS
        && window.step().get(2) % 2 == 0
        && window.dilation().get(2) == 1
        && Math.ceilDiv(window.kernel().get(2), 2L) % 2 == 0;
  }

  /// Channels that a pixel of an image has in shared memory.
  long imageChannels() {
    return packsPixels() ? PACKED_CHANNELS : arithmetic.chunk();
  }

  /// Chunks of terms of a tap of the first convolution, or of a row of its window where each is one
  /// run.
  long firstChunks() {
    GemmProblem problem = first().problem();
    return arithmetic.chunks(
        packsPixels() ? problem.window().kernel().get(2) * PACKED_CHANNELS : problem.run());
  }

  /// Taps of the first convolution, or rows of its window where each is one run.
  long firstTaps() {
    GemmProblem.Taps window = first().problem().window();
    return packsPixels() ? window.kernel().get(1) : window.count();
  }

  private static List<Kept> kept(List<Stage> stages, Map<Value, KnownConstant> constants) {
    List<Kept> kept = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      if (stages.get(i) instanceof Sum sum) {
        for (int j = 0; j < sum.problem().operands().size(); j++) {
          Value value = sum.problem().operandValues().get(j);
          OutputOperand operand = sum.problem().operands().get(j);
          KnownConstant constant = constants.get(value);
          if (constant != null
              && operand.type() == DataType.F32
              && operand.channel() == 1
              && value.shape().elementCount() == sum.channels()) {
            long offset = kept.isEmpty() ? 0 : kept.getLast().end();
            kept.add(new Kept(i, j, offset, sum.channels(), constant));
          }
        }
      }
    }
    return kept;
  }

  private static boolean isPixels(Value value, DataType type) {
    return value.type().elementType() == type
        && value.shape().rank() == 4
        && value.type().layout().isChannelsLast();
  }

  private static Optional<? extends Stage> stage(
      Node node, Optional<Value> stored, LoweringContext context, List<Stage> before) {
    return switch (node.op()) {
      case Convolution op -> sum(op, node, stored, context, before);
      case Pool op -> pool(op, node, stored, before);
      default -> Optional.empty();
    };
  }

  private static Optional<Sum> sum(
      Convolution op,
      Node node,
      Optional<Value> stored,
      LoweringContext context,
      List<Stage> before) {
    Optional<KnownConstant> weight = context.constant(op.weight());
    if (op.window().rank() != 2
        || !isPixels(op.input(), node.result().type().elementType())
        || weight.isEmpty()
        || !before.isEmpty() && !continues(op, before)) {
      return Optional.empty();
    }
    GemmProblem problem = GemmLifting.of(op, context);
    if (op.groups() != 1) {
      return problem
          .byChannel()
          .map(own -> new Depthwise(node, stored, own, weight.get()))
          .filter(own -> before.isEmpty() && own.residuals().isEmpty())
          .map(Sum.class::cast);
    }
    Product product = new Product(node, stored, problem, weight.get());
    return product.residuals().stream().allMatch(i -> isByPixel(product, i))
        ? Optional.of(product)
        : Optional.empty();
  }

  /// The last product with the terms of a node that is added to it; empty where the node is a stage
  /// of its own. Its channels lie beside those of the tile before it, so there has to be one.
  private static Optional<Product> joined(
      Node node, Optional<Value> stored, LoweringContext context, List<Stage> before) {
    if (before.size() < 2
        || !(before.getLast() instanceof Product product)
        || product.stored().isPresent()
        || !(node.op() instanceof Convolution op)
        || op.window().rank() != 2
        || !isPixels(op.input(), node.result().type().elementType())
        || context.constant(op.weight()).isEmpty()
        || before.stream().anyMatch(stage -> stage.node().result() == op.input())) {
      return Optional.empty();
    }
    return JoinedSums.of(product.problem(), product.node().result(), GemmLifting.of(op, context))
        .map(problem -> new Product(node, stored, problem, product.weight()))
        .filter(own -> own.residuals().stream().allMatch(i -> isByPixel(own, i)));
  }

  /// Whether a convolution needs of the stages before it nothing but the last one's same pixels.
  private static boolean continues(Convolution op, List<Stage> before) {
    List<Value> added = op.epilogue().operands();
    return follows(op.input(), before)
        && op.window().isPointwise()
        && before.stream().noneMatch(stage -> added.contains(stage.node().result()));
  }

  /// Whether an operand has an element for each result, the channels of a pixel next to each other.
  private static boolean isByPixel(Product product, int operand) {
    Value value = product.problem().operandValues().get(operand);
    Value result = product.node().result();
    return isPixels(value, result.type().elementType()) && value.shape().equals(result.shape());
  }

  private static Optional<Pooled> pool(
      Pool op, Node node, Optional<Value> stored, List<Stage> before) {
    Window window = op.window();
    List<Long> two = List.of(2L, 2L);
    List<Long> zero = List.of(0L, 0L);
    boolean fits =
        !before.isEmpty()
            && follows(op.input(), before)
            && window.kernel().equals(two)
            && window.stride().equals(two)
            && window.padBefore().equals(zero)
            && window.padAfter().equals(zero)
            && window.dilation().equals(List.of(1L, 1L))
            // Windows that reach beyond the last pixel only exist where the extent is rounded up.
            && node.result().shape().extent(2) == op.input().shape().extent(2) / 2
            && node.result().shape().extent(3) == op.input().shape().extent(3) / 2;
    return fits ? Optional.of(new Pooled(node, stored, op.kind())) : Optional.empty();
  }

  private static boolean follows(Value input, List<Stage> before) {
    return before.getLast().node().result() == input;
  }
}
