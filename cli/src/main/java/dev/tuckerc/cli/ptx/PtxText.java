package dev.tuckerc.cli.ptx;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.SourceException;
import dev.tuckerc.emulator.KernelSignature;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// PTX from a file, or made of CUDA by NVRTC.
///
/// @param text PTX
/// @param label name of the file, for messages
record PtxText(String text, String label) {
  private static final String DEFAULT_ARCHITECTURE = "sm_90a";
  private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#\\s*include\\b");
  private static final Pattern ARCHITECTURE = Pattern.compile("sm_\\d{2,3}[af]?");

  /// Reads a file.
  ///
  /// @param architecture to compile CUDA for, or null
  /// @param included folders of headers
  /// @throws CliException where the file is neither `.ptx` nor `.cu`, does not compile, or an
  ///   option has no effect
  static PtxText read(Path file, @Nullable String architecture, List<Path> included) {
    String label = String.valueOf(file.getFileName());
    String text = new String(FilesIo.readAll(file), StandardCharsets.UTF_8);
    if (label.endsWith(".ptx")) {
      if (architecture != null || !included.isEmpty()) {
        throw new CliException(
            Code.CLI001,
            (architecture != null ? "--arch" : "--include")
                + " has no effect: "
                + file
                + " is PTX, which is compiled already");
      }
      return new PtxText(text, label);
    }
    if (!label.endsWith(".cu")) {
      throw new CliException(
          Code.CLI002, file + ": neither a .ptx nor a .cu file; rename it to say which it is");
    }
    String target = architecture == null ? DEFAULT_ARCHITECTURE : architecture;
    if (!ARCHITECTURE.matcher(target).matches()) {
      throw new CliException(
          Code.CLI001, "--arch: '" + target + "' is no architecture such as sm_80 or sm_90a");
    }
    for (Path folder : included) {
      if (!Files.isDirectory(folder)) {
        throw new CliException(Code.CLI002, "--include " + folder + ": no such folder");
      }
    }
    try {
      return new PtxText(compile(file, label, text, target, included), label);
    } catch (SourceException wrong) {
      String message = String.valueOf(wrong.getMessage());
      throw new CliException(Code.CLI014, message + hint(message), wrong);
    }
  }

  /// PTX of a CUDA text. One with headers is compiled every time, as the cache knows nothing of
  /// them.
  private static String compile(
      Path file, String label, String text, String target, List<Path> included) {
    if (!INCLUDE.matcher(text).find()) {
      return CachedKernelCompiler.standard().compile(label, text, target, List.of()).ptx();
    }
    try (Headers headers = new Headers(file, included, System.getenv())) {
      return NvrtcCompiler.create().compile(label, text, target, headers.options()).ptx();
    }
  }

  private static String hint(String message) {
    return message.contains("open source file")
        ? "\nHeaders are looked for in the file's folder, in those of --include, and in include below"
            + " CUDA_HOME; without a CUDA installation there are "
            + Headers.known()
        : "";
  }

  List<KernelSignature> kernels() {
    return KernelSignature.all(text, label);
  }

  /// The kernel of a name, or the only one.
  KernelSignature kernel(@Nullable String name) {
    List<KernelSignature> kernels = kernels();
    String names = String.join(", ", kernels.stream().map(KernelSignature::name).toList());
    if (kernels.isEmpty()) {
      throw new CliException(
          Code.CLI006, label + " has no kernel (in CUDA: extern \"C\" __global__)");
    }
    if (name == null && kernels.size() > 1) {
      throw new CliException(
          Code.CLI006, label + " has several kernels: choose one with --kernel: " + names);
    }
    return kernels.stream()
        .filter(kernel -> name == null || kernel.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                Code.CLI006, label + " has no kernel '" + name + "'; there are: " + names));
  }
}
