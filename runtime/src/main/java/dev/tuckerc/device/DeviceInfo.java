package dev.tuckerc.device;

/// What a device is.
///
/// @param kind which implementation
/// @param name product name
/// @param computeCapability major * 10 + minor, as in `sm_90`
/// @param multiprocessors number of streaming multiprocessors (worker threads for the emulator)
/// @param memoryBytes device memory
/// @param sharedBytesPerBlock most shared memory a block can opt in to
public record DeviceInfo(
    Kind kind,
    String name,
    int computeCapability,
    int multiprocessors,
    long memoryBytes,
    int sharedBytesPerBlock) {

  /// Device implementations.
  public enum Kind {
    CUDA,
    EMULATOR
  }
}
