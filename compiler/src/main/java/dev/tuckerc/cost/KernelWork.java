package dev.tuckerc.cost;

/// What the performance model needs to know of one kernel.
///
/// @param blocks thread blocks
/// @param threadsPerBlock threads of a block
/// @param registersPerThread estimate; decides how many blocks fit a multiprocessor
/// @param sharedPerBlock shared memory of a block, in bytes
/// @param bytesPerBlock data one block moves in and out of its multiprocessor: what it touches,
///   each byte once, for the first-level cache serves the rest
/// @param uniqueBytes distinct data of the whole kernel, each byte counted once
/// @param multiplyAddsPerBlock arithmetic of one block, padding of tiles included: multiply-adds on
///   tensor cores; for FMA the issue slots of all its threads, in which the other instructions of
///   the inner loops count as well
/// @param sharedBytesPerBlock traffic between shared memory and registers of one block
/// @param unit where it runs
/// @param dependentSteps length of a warp's chain of dependent tensor-core steps (0 for FMA)
/// @param reductionBytesPerBlock partial sums exchanged through shared memory
/// @param overlap share of the smaller of fill and compute that the other does not hide: 0.2 with
///   several stages in flight, 0.5 without
/// @param order how it is ordered with its predecessor and between its blocks
public record KernelWork(
    long blocks,
    int threadsPerBlock,
    int registersPerThread,
    int sharedPerBlock,
    double bytesPerBlock,
    double uniqueBytes,
    double multiplyAddsPerBlock,
    double sharedBytesPerBlock,
    Unit unit,
    double dependentSteps,
    double reductionBytesPerBlock,
    double overlap,
    Ordering order) {

  /// What a kernel pays to be ordered.
  ///
  /// @param programmatic whether it starts by programmatic dependent launch
  /// @param clusterBlocks blocks of a cluster that exchange data, 1 without clusters
  /// @param clusterExchanges how often they do
  /// @param gridBarriers barriers of all its blocks
  public record Ordering(
      boolean programmatic, int clusterBlocks, int clusterExchanges, int gridBarriers) {
    /// A plain kernel.
    public static final Ordering SERIAL = new Ordering(false, 1, 0, 0);

    public Ordering {
      if (clusterBlocks < 1 || clusterExchanges < 0 || gridBarriers < 0) {
        throw new IllegalArgumentException(
            "negative counts: " + clusterBlocks + ", " + clusterExchanges + ", " + gridBarriers);
      }
    }
  }

  /// Arithmetic units.
  public enum Unit {
    /// Scalar f32 multiply-add.
    FMA,
    /// f16 tensor cores.
    TENSOR
  }

  /// A plain kernel, as to its order.
  public KernelWork(
      long blocks,
      int threadsPerBlock,
      int registersPerThread,
      int sharedPerBlock,
      double bytesPerBlock,
      double uniqueBytes,
      double multiplyAddsPerBlock,
      double sharedBytesPerBlock,
      Unit unit,
      double dependentSteps,
      double reductionBytesPerBlock,
      double overlap) {
    this(
        blocks,
        threadsPerBlock,
        registersPerThread,
        sharedPerBlock,
        bytesPerBlock,
        uniqueBytes,
        multiplyAddsPerBlock,
        sharedBytesPerBlock,
        unit,
        dependentSteps,
        reductionBytesPerBlock,
        overlap,
        Ordering.SERIAL);
  }

  /// The same work, ordered differently.
  public KernelWork ordered(Ordering other) {
    return new KernelWork(
        blocks,
        threadsPerBlock,
        registersPerThread,
        sharedPerBlock,
        bytesPerBlock,
        uniqueBytes,
        multiplyAddsPerBlock,
        sharedBytesPerBlock,
        unit,
        dependentSteps,
        reductionBytesPerBlock,
        overlap,
        other);
  }

  /// A kernel that does not lean on shared memory.
  public KernelWork(
      long blocks,
      int threadsPerBlock,
      int registersPerThread,
      int sharedPerBlock,
      double bytesPerBlock,
      double uniqueBytes,
      double multiplyAddsPerBlock,
      Unit unit,
      double dependentSteps,
      double reductionBytesPerBlock,
      double overlap) {
    this(
        blocks,
        threadsPerBlock,
        registersPerThread,
        sharedPerBlock,
        bytesPerBlock,
        uniqueBytes,
        multiplyAddsPerBlock,
        0,
        unit,
        dependentSteps,
        reductionBytesPerBlock,
        overlap);
  }

  /// A kernel that reads and writes once and does little arithmetic.
  ///
  /// @param operationsPerElement scalar operations for each of the `elements`
  public static KernelWork streaming(
      long blocks,
      int threadsPerBlock,
      double bytes,
      double elements,
      double operationsPerElement) {
    return new KernelWork(
        blocks,
        threadsPerBlock,
        32,
        0,
        bytes / blocks,
        bytes,
        elements * operationsPerElement / blocks,
        0,
        Unit.FMA,
        0,
        0,
        0.5);
  }
}
