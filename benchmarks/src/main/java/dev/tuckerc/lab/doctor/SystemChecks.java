package dev.tuckerc.lab.doctor;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.lab.results.Host;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Operating system, processor, memory and disks.
final class SystemChecks {
  private static final Pattern CPU_FLAGS = Pattern.compile("(?m)^flags\\s*:\\s*(.+)$");

  /// Instruction sets that the shipped native libraries or PyTorch make use of.
  private static final List<String> INTERESTING =
      List.of("avx", "f16c", "fma", "avx2", "avx512f", "avx512_bf16", "amx_tile");

  private static final double GIGABYTE = 1e9;

  /// Unpacked libraries and compiled kernels.
  private static final long CACHE_BYTES = 300_000_000L;

  private static final long RESULT_BYTES = 10_000_000L;

  private SystemChecks() {}

  /// @param results where results will go
  static List<Check> all(Path results) {
    Host host = Host.collect();
    return List.of(
        Check.fact("system", host.os() + ", kernel " + host.kernel()),
        Check.useful("C library", SystemChecks::glibc),
        Check.fact(
            "processor", "%s, %d logical processors".formatted(host.cpu(), host.processors())),
        Check.fact("processor flags", flags().orElse("not known on this system")),
        Check.fact(
            "memory",
            "%.1f GB, heap of this JVM up to %.1f GB"
                .formatted(
                    host.memoryBytes() / GIGABYTE, Runtime.getRuntime().maxMemory() / GIGABYTE)),
        Check.fact("Java", host.java() + " at " + System.getProperty("java.home")),
        Check.needed("linear algebra", SystemChecks::linearAlgebra),
        Check.needed("cache", () -> writable(TuckercCache.standard().root(), CACHE_BYTES)),
        Check.needed("results", () -> writable(results.toAbsolutePath(), RESULT_BYTES)));
  }

  private static String glibc() {
    MemorySegment function =
        Linker.nativeLinker()
            .defaultLookup()
            .find("gnu_get_libc_version")
            .orElseThrow(
                () -> new CliException(CliException.Code.CLI012, "the C library is not glibc"));
    try {
      MemorySegment version =
          (MemorySegment)
              Linker.nativeLinker()
                  .downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS))
                  .invokeExact();
      return "glibc " + version.reinterpret(64).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException("gnu_get_libc_version cannot be called: " + e, e);
    }
  }

  /// OpenBLAS is what needs the newest C library of all that is shipped.
  private static String linearAlgebra() {
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    try (TuckerDecomposer decomposer =
        new TuckerDecomposer(Tensor.ofFloats(List.of(4L, 4L), ones))) {
      double largest = decomposer.outputSpectrum()[0];
      if (Math.abs(largest - 16) > 1e-9) {
        throw new IllegalStateException("OpenBLAS finds the eigenvalue " + largest + ", not 16");
      }
      return "OpenBLAS solved an eigenproblem";
    }
  }

  private static Optional<String> flags() {
    return Host.find("/proc/cpuinfo", CPU_FLAGS)
        .map(line -> Arrays.asList(line.split("\\s+")))
        .map(flags -> INTERESTING.stream().filter(flags::contains).toList())
        .map(found -> found.isEmpty() ? "none of " + INTERESTING : String.join(" ", found));
  }

  private static String writable(Path folder, long wanted) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "doctor", ".tmp"));
      // Not Files.getFileStore, which fails where the mount table does not hold the folder.
      long free = folder.toFile().getUsableSpace();
      if (free < wanted) {
        throw new CliException(
            CliException.Code.CLI003,
            "%s has %.1f GB free, %.1f GB are needed"
                .formatted(folder, free / GIGABYTE, wanted / GIGABYTE));
      }
      return "%s is writable, %.1f GB free".formatted(folder, free / GIGABYTE);
    } catch (IOException e) {
      throw new CliException(
          CliException.Code.CLI003, folder + ": cannot be written (" + e + "); name another", e);
    }
  }
}
