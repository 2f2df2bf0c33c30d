package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;
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

    /// Where the next one begins.
    long end() {
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
      // Asked for each tile of each chain, so without a stream.
      List<Integer> residuals = new ArrayList<>();
      for (int i = 0; i < problem().operands().size(); i++) {
        for (long stride : problem().operands().get(i).row()) {
          if (stride != 0) {
            residuals.add(i);
            break;
          }
        }
      }
      return residuals;
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

  /// Whether a stage's value goes to a product of its channels alone, and nowhere else.
  boolean feedsProduct(int stage) {
    return stage + 1 < stages.size()
        && stages.get(stage) instanceof Product own
        && own.stored().isEmpty()
        && stages.get(stage + 1) instanceof Product next
        && next.problem().branch().isEmpty()
        && next.problem().weight().diagonal().blocks() == 1;
  }

  /// Whether there is a value that a warp of tensor cores may keep for itself from one product to
  /// the next.
  boolean passesThroughRegisters() {
    return arithmetic == RegionArithmetic.TENSOR_CORES
        && IntStream.range(0, stages.size()).anyMatch(this::feedsProduct);
  }

  /// Whether one of the stages is a pool.
  boolean pools() {
    return stages.stream().anyMatch(Pooled.class::isInstance);
  }

  /// Whether a product comes after a stage. It needs all channels of a pixel, of which a block of a
  /// cluster computes some.
  boolean isMultiplied(int stage) {
    for (int i = stage + 1; i < stages.size(); i++) {
      if (stages.get(i) instanceof Product) {
        return true;
      }
    }
    return false;
  }

  /// Whether a product comes after a pool.
  boolean multipliesPooled() {
    return IntStream.range(0, stages.size())
        .anyMatch(i -> stages.get(i) instanceof Pooled && isMultiplied(i));
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
}
