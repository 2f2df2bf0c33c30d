/// The emulated machine: warps with their registers, blocks, memory, and the operations they run.
///
/// Registers are arrays of 32 lanes, one array for each register, so that an operation on a
/// converged warp is one loop over consecutive elements, which the JIT compiler vectorises.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.machine;
