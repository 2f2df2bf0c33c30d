package dev.tuckerc.cost;

/// One of the things a block does, one after the other. Amounts are those of one block; bytes of
/// global memory are what it moves through its multiprocessor, each sector once where the
/// first-level cache serves the rest.
public sealed interface Phase {

  /// What a reader of a kernel calls it, such as `core` or `expand`; equal in kernels of one
  /// template, so that two of them can be compared.
  String name();

  /// Global memory moved.
  default double bytes() {
    return 0;
  }

  /// Traffic between shared memory and registers, both ways.
  default double sharedBytes() {
    return 0;
  }

  /// What takes the path of shared memory: its traffic, and loads into registers that the
  /// first-level cache serves.
  default double throughSharedPath() {
    return sharedBytes();
  }

  /// Instructions of all threads.
  default double instructions() {
    return 0;
  }

  /// Data that must be there before the next phase starts, such as a halo.
  ///
  /// @param bytes from global memory
  /// @param prefetched whether it is asked for before the predecessor ends, as only weights can be;
  ///   it counts under programmatic dependent launch alone
  record Load(String name, double bytes, boolean prefetched) implements Phase {}

  /// A matrix product, or the loop of one: operands are in shared memory or stream in while it
  /// runs.
  ///
  /// @param unit what multiplies
  /// @param multiplyAdds padding of tiles included
  /// @param instructions of all threads, the multiply-adds included, as the machine issues them
  /// @param warps that multiply at a time
  /// @param chains independent sums that a warp (on scalar units: a thread) adds to in turn
  /// @param sharedBytes between shared memory and registers
  /// @param ahead whether a step's operands are loaded from shared memory while the step before it
  ///   multiplies
  /// @param stream what arrives meanwhile
  record Product(
      String name,
      Unit unit,
      double multiplyAdds,
      double instructions,
      int warps,
      double chains,
      double sharedBytes,
      boolean ahead,
      Stream stream)
      implements Phase {
    /// A product whose steps load their operands and then multiply.
    public Product(
        String name,
        Unit unit,
        double multiplyAdds,
        double instructions,
        int warps,
        double chains,
        double sharedBytes,
        Stream stream) {
      this(name, unit, multiplyAdds, instructions, warps, chains, sharedBytes, false, stream);
    }

    @Override
    public double bytes() {
      return stream.bytes();
    }

    @Override
    public double throughSharedPath() {
      return sharedBytes + stream.toRegisters();
    }
  }

  /// What a product reads from global memory while it runs, and how its steps keep in step.
  ///
  /// @param bytes from the second-level cache
  /// @param toRegisters bytes that warps load into registers, whoever brought them to the
  ///   first-level cache; they share its path with shared memory. 0 where they are no more than
  ///   `bytes`, whose way is longer
  /// @param steps of the loop; each waits for its data and for `sync`
  /// @param inFlight steps whose data is on its way while one is computed: stages less one; 0 where
  ///   a step asks for its own data and waits for it
  /// @param primed whether the first of them were asked for in an earlier phase, as where one ring
  ///   serves several products
  /// @param sync who waits for whom between two steps
  record Stream(
      double bytes, double toRegisters, double steps, int inFlight, boolean primed, Sync sync) {
    /// Operands that are all in shared memory or registers: one step.
    public static final Stream NONE = new Stream(0, 1, 1, true, Sync.WARP);

    /// A stream that goes to shared memory, or is read by one warp.
    public Stream(double bytes, double steps, int inFlight, boolean primed, Sync sync) {
      this(bytes, 0, steps, inFlight, primed, sync);
    }

    public Stream {
      if (steps < 1 || inFlight < 0) {
        throw new IllegalArgumentException(steps + " steps, " + inFlight + " in flight");
      }
    }
  }

  /// Who waits for whom.
  enum Sync {
    /// Each warp has its own stages.
    WARP,
    /// All warps of the block meet at a barrier.
    BLOCK
  }

  /// Scalar instructions of all threads: an epilogue, a pointwise function, index arithmetic.
  record Compute(String name, double instructions) implements Phase {}

  /// Data that changes owner.
  ///
  /// @param scope whose threads meet
  /// @param exchanged bytes that move: written to and read from shared memory (block), written to
  ///   the shared memory of other blocks (cluster), or through the second-level cache (grid)
  /// @param barriers how often they meet
  record Exchange(String name, Scope scope, double exchanged, int barriers) implements Phase {
    @Override
    public double bytes() {
      return scope == Scope.GRID ? exchanged : 0;
    }

    @Override
    public double sharedBytes() {
      return scope == Scope.GRID ? 0 : exchanged;
    }
  }

  /// Whose threads meet in an exchange.
  enum Scope {
    /// A block's.
    BLOCK,
    /// Those of the blocks of a cluster; its size is the work's
    /// [KernelWork.Ordering#clusterBlocks].
    CLUSTER,
    /// All of the kernel's, every block being resident.
    GRID
  }

  /// Steps of one thread that wait for each other, whatever else runs.
  ///
  /// @param steps one after the other
  /// @param on what each of them waits for
  record Serial(String name, double steps, Wait on) implements Phase {}

  /// What a dependent step waits for.
  enum Wait {
    /// A load from the second-level cache, or of what is not in it from device memory.
    L2,
    /// The way to the second-level cache and back, for what this kernel has just written.
    WRITTEN,
    /// A load from the first-level cache.
    L1,
    /// A load from shared memory, or a shuffle, which takes the same way.
    SHARED,
    /// A scalar multiply-add or the like.
    ARITHMETIC
  }

  /// What only the last of several blocks does, whichever that is; the others have ended by then.
  ///
  /// @param phase what it does
  /// @param of blocks, so that one of them does it
  record Last(Phase phase, long of) implements Phase {
    @Override
    public String name() {
      return phase.name();
    }

    @Override
    public double bytes() {
      return phase.bytes() / of;
    }

    @Override
    public double sharedBytes() {
      return phase.sharedBytes() / of;
    }

    @Override
    public double instructions() {
      return phase.instructions() / of;
    }
  }

  /// Results to global memory.
  record Store(String name, double bytes) implements Phase {}
}
