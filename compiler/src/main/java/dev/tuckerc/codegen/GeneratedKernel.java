package dev.tuckerc.codegen;

/// One CUDA kernel.
///
/// @param name of the entry point and of the source file, without extension
/// @param source one self-contained file
/// @param grid blocks to launch
/// @param block threads of a block
/// @param sharedBytes dynamic shared memory of a block, in bytes
public record GeneratedKernel(
    String name, String source, Extent grid, Extent block, int sharedBytes, Decision decision) {}
