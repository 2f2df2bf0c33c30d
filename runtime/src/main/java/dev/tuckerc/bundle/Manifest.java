package dev.tuckerc.bundle;

import java.util.List;
import java.util.regex.Pattern;

/// Where a bundle comes from and what it computes. The hashes of the bundle's files are kept by
/// `BundleWriter` and `BundleReader`.
///
/// @param producer program and version that wrote it, such as `tuckerc 0.1.0`
/// @param target architecture its kernels are compiled for, such as `sm_90`
/// @param sourceName file name of the model
/// @param sourceHash SHA-256 of the model, 64 hexadecimal digits
/// @param command the command that wrote it, word by word
/// @param entryPoint inputs and outputs
public record Manifest(
    String producer,
    String target,
    String sourceName,
    String sourceHash,
    List<String> command,
    EntryPoint entryPoint) {
  /// Version of the format that this code writes, and the only one it reads.
  public static final int FORMAT_VERSION = 3;

  public static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern TARGET = Pattern.compile("sm_\\d{2,3}[af]?");

  public Manifest {
    command = List.copyOf(command);
    if (!TARGET.matcher(target).matches()) {
      throw new IllegalArgumentException(
          "target '" + target + "' is no architecture such as sm_90");
    }
    if (!SHA256.matcher(sourceHash).matches()) {
      throw new IllegalArgumentException("source hash is not 64 hexadecimal digits");
    }
  }
}
