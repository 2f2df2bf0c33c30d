package dev.tuckerc.lab.verify;

import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.lab.run.CompiledProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One kernel of a case: what ptxas made of it, what the performance model predicts, and what the
/// emulator counted.
///
/// @param resources ptxas' report
/// @param counted what one launch did, where the emulator ran it
public record KernelFigures(
    GeneratedKernel kernel, CompiledKernel.Resources resources, Optional<KernelCounters> counted) {

  /// Bytes per sector of global memory, the unit in which a GPU moves data.
  public static final int SECTOR_BYTES = 32;

  private static final int WARP = 32;

  /// The figures of every kernel of a program.
  ///
  /// @param counted by kernel name; kernels without an entry were not run
  static List<KernelFigures> of(CompiledProgram program, Map<String, KernelCounters> counted) {
    List<KernelFigures> figures = new ArrayList<>();
    for (int i = 0; i < program.compiled().size(); i++) {
      GeneratedKernel kernel = program.program().kernels().get(i);
      CompiledKernel.Resources resources = program.compiled().get(i).resources().get(kernel.name());
      if (resources == null) {
        throw new IllegalStateException("the compiler reports no resources of " + kernel.name());
      }
      figures.add(
          new KernelFigures(kernel, resources, Optional.ofNullable(counted.get(kernel.name()))));
    }
    return figures;
  }

  /// Bytes that the model says all blocks move.
  public double predictedBytes() {
    return kernel.work().bytesPerBlock() * kernel.work().blocks();
  }

  /// Arithmetic that the model says all blocks do: multiply-adds on tensor cores, instructions of a
  /// thread otherwise.
  public double predictedArithmetic() {
    KernelWork work = kernel.work();
    return work.blocks()
        * (work.usesTensorCores()
            ? work.tensorMultiplyAddsPerBlock()
            : work.instructionsPerBlock());
  }

  /// Bytes that blocks moved in and out of their multiprocessors as the emulator counted them, in
  /// whole sectors, each counted once for a block: what is left to move where the first-level cache
  /// holds everything a block touches.
  public Optional<Long> countedBytes() {
    return counted.map(c -> c.blockSectors() * SECTOR_BYTES);
  }

  /// The counterpart of [#predictedArithmetic]: multiply-adds of matrix instructions, or the issue
  /// slots of all instructions, which a warp takes whole even where some of its threads are idle.
  public Optional<Long> countedArithmetic() {
    return counted.map(
        c -> kernel.work().usesTensorCores() ? c.matrixMultiplyAdds() : c.laneInstructions());
  }

  /// Bytes spilled to local memory by a thread.
  public int spilledBytes() {
    return resources.spillStoreBytes() + resources.spillLoadBytes();
  }
}
