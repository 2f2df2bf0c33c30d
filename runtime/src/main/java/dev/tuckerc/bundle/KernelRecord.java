package dev.tuckerc.bundle;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCode;
import java.util.regex.Pattern;

/// One kernel of a bundle.
///
/// @param name name of its folder: letters, digits, `_`, `-` and `.`, at most 128
/// @param entryPoint `extern "C"` name of the `__global__` function
/// @param source CUDA, one self-contained file
/// @param code what the compiler made of it, for the manifest's target
/// @param resources what it needs on that target
/// @param decision JSON text that explains how its parameters were chosen; kept in a normal form
public record KernelRecord(
    String name,
    String entryPoint,
    String source,
    KernelCode code,
    CompiledKernel.Resources resources,
    String decision) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]{0,1023}");

  /// @throws IllegalArgumentException for a name that is no file or function name, or a decision
  ///   that is not JSON
  public KernelRecord {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("kernel name '" + name + "' is not fit for a folder");
    }
    if (!IDENTIFIER.matcher(entryPoint).matches()) {
      throw new IllegalArgumentException("'" + entryPoint + "' is no function name");
    }
    decision = JsonText.normalize(decision);
  }

  /// PTX of the kernel.
  public String ptx() {
    return code.ptx();
  }
}
