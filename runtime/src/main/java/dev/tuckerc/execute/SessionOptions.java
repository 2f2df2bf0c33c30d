package dev.tuckerc.execute;

import dev.tuckerc.device.KernelCompiler;
import java.util.Optional;

/// How to open a session.
///
/// @param compiler compiles again the kernels whose source was edited, and all of them when the
///   bundle is for another architecture than the GPU; without one, PTX runs as it is in the bundle
/// @param isolateBuffers gives every arena value and every weight memory of its own, so that a
///   checking device notices a kernel that leaves its arguments
public record SessionOptions(Optional<KernelCompiler> compiler, boolean isolateBuffers) {

  /// PTX from the bundle, one arena.
  public static SessionOptions standard() {
    return new SessionOptions(Optional.empty(), false);
  }

  /// These options with a compiler.
  public SessionOptions recompiling(KernelCompiler kernelCompiler) {
    return new SessionOptions(Optional.of(kernelCompiler), isolateBuffers);
  }

  /// These options with memory of its own for every value.
  public SessionOptions isolating() {
    return new SessionOptions(compiler, true);
  }
}
