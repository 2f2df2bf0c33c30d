package dev.tuckerc.cost;

import dev.tuckerc.cost.Phase.Product;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What the performance model needs to know of one kernel.
///
/// @param blocks thread blocks
/// @param threadsPerBlock threads of a block
/// @param registersPerThread estimate; decides how many blocks fit a multiprocessor
/// @param sharedPerBlock shared memory of a block, in bytes
/// @param ordering how it is ordered with its predecessor and between its blocks
/// @param distinct data of the whole kernel, each byte counted once
/// @param phases what each block does, one after the other
public record KernelWork(
    long blocks,
    int threadsPerBlock,
    int registersPerThread,
    int sharedPerBlock,
    Ordering ordering,
    Distinct distinct,
    List<Phase> phases) {

  public KernelWork {
    if (blocks < 1 || blocks % ordering.clusterBlocks() != 0) {
      throw new IllegalArgumentException(
          blocks + " blocks in clusters of " + ordering.clusterBlocks());
    }
    phases = List.copyOf(phases);
  }

  /// How a kernel is ordered.
  ///
  /// @param programmatic whether it starts by programmatic dependent launch
  /// @param clusterBlocks blocks of a cluster that exchange data, 1 without clusters
  public record Ordering(boolean programmatic, int clusterBlocks) {
    /// A plain kernel.
    public static final Ordering SERIAL = new Ordering(false, 1);

    public Ordering {
      if (clusterBlocks < 1) {
        throw new IllegalArgumentException("a cluster of " + clusterBlocks + " blocks");
      }
    }
  }

  /// Distinct bytes of the whole kernel.
  ///
  /// @param weights constants; in device memory where the network's [WorkingSet] leaves the cache
  /// @param read activations, written by kernels before
  /// @param written results
  public record Distinct(double weights, double read, double written) {
    /// Their sum.
    public double total() {
      return weights + read + written;
    }
  }

  /// A plain kernel, as to its order.
  public KernelWork(
      long blocks,
      int threadsPerBlock,
      int registersPerThread,
      int sharedPerBlock,
      Distinct distinct,
      List<Phase> phases) {
    this(
        blocks,
        threadsPerBlock,
        registersPerThread,
        sharedPerBlock,
        Ordering.SERIAL,
        distinct,
        phases);
  }

  /// A kernel that loads, does little arithmetic and stores.
  ///
  /// @param moved bytes that all blocks read, whole sectors where only parts of them are used
  /// @param instructions of all threads of the kernel
  public static KernelWork streaming(
      long blocks, int threadsPerBlock, double moved, Distinct distinct, double instructions) {
    return new KernelWork(
        blocks,
        threadsPerBlock,
        32,
        0,
        distinct,
        List.of(
            new Phase.Load("operands", moved / blocks, false),
            new Phase.Compute("elements", instructions / blocks),
            new Phase.Store("results", distinct.written() / blocks)));
  }

  /// The same work, ordered differently.
  public KernelWork ordered(Ordering other) {
    return new KernelWork(
        blocks, threadsPerBlock, registersPerThread, sharedPerBlock, other, distinct, phases);
  }

  private double sum(ToDoubleFunction<Phase> amount) {
    return phases.stream().mapToDouble(amount).sum();
  }

  /// Global memory that a block moves.
  public double bytesPerBlock() {
    return sum(Phase::bytes);
  }

  /// Traffic of a block between shared memory and registers.
  public double sharedBytesPerBlock() {
    return sum(Phase::sharedBytes);
  }

  /// Instructions of all threads of a block, as far as the model charges them.
  public double instructionsPerBlock() {
    return sum(Phase::instructions);
  }

  /// Multiply-adds of a block on tensor cores, padding included.
  public double tensorMultiplyAddsPerBlock() {
    return sum(phase ->
        phase instanceof Product product && product.unit() instanceof TensorShape
            ? product.multiplyAdds()
            : 0);
  }

  /// Whether any product runs on tensor cores.
  public boolean usesTensorCores() {
    return tensorMultiplyAddsPerBlock() > 0;
  }
}
