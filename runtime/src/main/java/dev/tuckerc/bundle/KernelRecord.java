package dev.tuckerc.bundle;

import dev.tuckerc.device.CompiledKernel;
import java.util.List;
import java.util.regex.Pattern;

/// One kernel of a bundle.
///
/// @param name name of its folder: letters, digits, `_`, `-` and `.`, at most 128
/// @param entryPoint `extern "C"` name of the `__global__` function
/// @param source CUDA, one self-contained file
/// @param options compiler options it was compiled with, besides the architecture
/// @param ptx what the compiler made of it, for the manifest's target
/// @param resources what it needs on that target
/// @param decision JSON text that explains how its parameters were chosen; kept in a normal form
public record KernelRecord(
    String name,
    String entryPoint,
    String source,
    List<String> options,
    String ptx,
    CompiledKernel.Resources resources,
    String decision) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]{0,1023}");

  /// @throws IllegalArgumentException for a name that is no file or function name, or a decision
  ///   that is not JSON
  public KernelRecord {
    options = List.copyOf(options);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("kernel name '" + name + "' is not fit for a folder");
    }
    if (!IDENTIFIER.matcher(entryPoint).matches()) {
      throw new IllegalArgumentException("'" + entryPoint + "' is no function name");
    }
    decision = JsonText.normalize(decision);
  }
}
