package dev.tuckerc.cuda;

/// Limits of a GPU, as `cuDeviceGetAttribute` gives them.
///
/// @param registersPerMultiprocessor 32-bit registers
/// @param sharedPerMultiprocessor shared memory in bytes
/// @param threadsPerMultiprocessor most resident threads
/// @param blocksPerMultiprocessor most resident blocks
/// @param l2Bytes size of the second-level cache
public record CudaLimits(
    int registersPerMultiprocessor,
    int sharedPerMultiprocessor,
    int threadsPerMultiprocessor,
    int blocksPerMultiprocessor,
    int l2Bytes) {}
