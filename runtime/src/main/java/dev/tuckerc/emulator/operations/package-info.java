/// Hand-written operations: memory, warp-wide exchange, matrices, control flow. Arithmetic on lanes
/// is generated, see `decode`.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations;
