package dev.tuckerc.emulator.machine;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A function ready to run.
public final class DecodedFunction {
  /// Symbol.
  public final String name;

  /// Whether it is a kernel.
  public final boolean entry;

  /// Number of registers of each [Home], by ordinal.
  public final int[] registers;

  /// Bytes of local memory, call parameters included.
  public int localBytes;

  /// Basic blocks; execution begins at the first.
  public BasicBlock[] blocks = new BasicBlock[0];

  /// Constant registers by slot, shared by all warps; null where the slot is a register.
  public int[][] intConstants = new int[0][];

  /// Constant float registers.
  public float[][] floatConstants = new float[0][];

  /// Constant long registers.
  public long[][] longConstants = new long[0][];

  /// Constant double registers.
  public double[][] doubleConstants = new double[0][];

  /// Slots by [Home] of registers that are computed once: only lane 0 is sure to hold the value.
  public int[][] uniformSlots = new int[0][];

  /// Registers that hold special registers.
  public List<SpecialSlot> specials = List.of();

  /// Places of the parameters in local memory (functions) or in the parameter block (kernels).
  public List<ParameterPlace> parameters = List.of();

  /// Places of the results in local memory.
  public List<ParameterPlace> results = List.of();

  /// Static shared memory of a block.
  public int sharedBytes;

  /// Whether the result could depend on the order in which blocks run.
  public boolean orderDependent;

  /// Whether the result could depend on the order in which the warps of a block run: by atomics
  /// whose old value is used, or that round, or by reading a clock.
  public boolean warpOrderDependent;

  /// Whether it has `volatile` accesses, whose order among the lanes of a warp is open.
  public boolean volatileAccesses;

  /// Whether it has loads or stores of global memory meant for talking to other blocks.
  public boolean communicates;

  /// Takes over what is true of a function that this one may call.
  public void addCallee(DecodedFunction callee) {
    orderDependent |= callee.orderDependent;
    warpOrderDependent |= callee.warpOrderDependent;
    communicates |= callee.communicates;
    volatileAccesses |= callee.volatileAccesses;
  }

  /// Blocks of a cluster required by `.reqnctapercluster`.
  public int[] clusterDimensions = {1, 1, 1};

  /// The same function with every value computed for each lane, for independent scheduling; slots
  /// and blocks are the same.
  public @Nullable Supplier<DecodedFunction> independent;

  /// Most threads of a block by `.maxntid`, or 0.
  public int mostThreads;

  /// What is told of often executed blocks, if anything.
  public @Nullable HotCode hotCode;

  /// The form to run when lanes are scheduled independently.
  DecodedFunction forStrands() {
    Supplier<DecodedFunction> other = independent;
    return other == null ? this : other.get();
  }

  public DecodedFunction(String name, boolean entry, int[] registers) {
    this.name = name;
    this.entry = entry;
    this.registers = registers;
  }

  /// A special register and where it is kept.
  ///
  /// @param register such as `%tid.x`
  /// @param home register file
  /// @param slot index in it
  public record SpecialSlot(String register, Home home, int slot) {}

  /// A parameter's place.
  ///
  /// @param name symbol
  /// @param type element type
  /// @param offset byte offset
  /// @param bytes size
  public record ParameterPlace(String name, String type, int offset, int bytes) {}
}
