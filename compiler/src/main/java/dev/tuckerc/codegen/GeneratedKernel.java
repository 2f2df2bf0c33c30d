package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.cost.KernelWork;

/// One CUDA kernel.
///
/// @param name of the entry point and of the source file, without extension
/// @param source one self-contained file
/// @param grid blocks to launch
/// @param block threads of a block
/// @param sharedBytes dynamic shared memory of a block, in bytes
/// @param decision why it is this one
/// @param work what it moves and computes, as the performance model was told
public record GeneratedKernel(
    String name,
    String source,
    Extent grid,
    Extent block,
    int sharedBytes,
    Decision decision,
    KernelWork work) {}
