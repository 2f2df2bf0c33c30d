package dev.tuckerc.execute;

import dev.tuckerc.device.KernelCompiler;
import java.util.Optional;

/// How to open a session.
///
/// @param compiler compiles again the kernels whose source was edited, and all of them when the
///   bundle is for another architecture than the GPU; without one, the code runs as it is in the
///   bundle
/// @param isolateBuffers gives every arena value and every weight memory of its own, so that a
///   checking device notices a kernel that leaves its arguments
/// @param programmatic whether launches that the plan allows to begin before their predecessor has
///   ended do so; else every launch begins when the one before it has ended
public record SessionOptions(
    Optional<KernelCompiler> compiler, boolean isolateBuffers, boolean programmatic) {

  /// Code from the bundle, one arena, programmatic launches.
  public static SessionOptions standard() {
    return new SessionOptions(Optional.empty(), false, true);
  }

  /// These options with a compiler.
  public SessionOptions recompiling(KernelCompiler kernelCompiler) {
    return new SessionOptions(Optional.of(kernelCompiler), isolateBuffers, programmatic);
  }

  /// These options with memory of its own for every value.
  public SessionOptions isolating() {
    return new SessionOptions(compiler, true, programmatic);
  }

  /// These options with every launch after the end of the one before it.
  public SessionOptions serial() {
    return new SessionOptions(compiler, isolateBuffers, false);
  }
}
