package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.device.SourceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// NVIDIA's run-time compiler. It needs no GPU, no driver and no CUDA installation.
///
/// It compiles for a real architecture (`sm_90`), so a source that the architecture cannot run
/// fails here and the resource report is known. Line information is on: it adds `.loc` lines to the
/// PTX and sections to the CUBIN, and leaves the machine code as it is. Fast math is off.
///
/// Thread-safe; NVRTC compiles on several threads at once (2 threads: 1.9 times the speed of one).
public final class NvrtcCompiler implements KernelCompiler {
  /// Counts changes in what this class makes of the same source and options.
  private static final String REVISION = "r2";

  /// System property that names an NVRTC library to use in place of the shipped one.
  public static final String LIBRARY_PROPERTY = "tuckerc.nvrtc";

  private static final List<String> FIXED_OPTIONS =
      List.of("--generate-line-info", "--ptxas-options=-v");
  private static final String DEFAULT_STANDARD = "--std=c++17";

  /// Before a relative name NVRTC would put the current folder, in the PTX and in the machine code:
  /// the same source must give the same bytes wherever it is compiled.
  private static final String ROOT = "/";

  /// Version of the library shipped, which is known to take `--minimal`: texture functions and such
  /// are not declared, which saves a quarter of the time of an empty kernel and leaves the PTX as
  /// it is. Options, as for headers, may need what it leaves out.
  private static final String KNOWN_MINIMAL = NativeLibraries.NVRTC_RELEASE + " ";

  private static final Pattern ARCHITECTURE = Pattern.compile("sm_\\d{2,3}[af]?");
  private static final Pattern FILE_DIRECTIVE =
      Pattern.compile("(?m)^(\\s*\\.file\\s+\\d+\\s+\")([^\"]*/)([^\"/]*)(\".*)$");

  /// The compiler's front end recurses over expressions; a Java thread's default stack is small.
  private static final long STACK_BYTES = 64L << 20;

  private final Nvrtc library;
  private final ThreadPoolExecutor threads;

  private NvrtcCompiler(Nvrtc library) {
    this.library = library;
    int count = Runtime.getRuntime().availableProcessors();
    this.threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(null, task, "nvrtc", STACK_BYTES);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /// [#namedLibrary], or else the NVRTC shipped with tuckerc, unpacked to the user's cache on first
  /// use.
  ///
  /// @throws DeviceException when it cannot be unpacked or loaded
  public static NvrtcCompiler create() {
    Optional<Path> named = namedLibrary();
    return named.isPresent() ? fromLibrary(named.get()) : create(TuckercCache.standard());
  }

  /// The NVRTC shipped with tuckerc, unpacked to the given cache on first use.
  public static NvrtcCompiler create(TuckercCache cache) {
    Path library = NativeLibraries.nvrtc(cache);
    // Its hash was checked just now.
    return new NvrtcCompiler(new Nvrtc(library, Optional.of(NativeLibraries.NVRTC.sha256())));
  }

  /// The version that [#create()] has, where no library need be loaded to know it: it is the one
  /// shipped.
  static Optional<String> knownVersion() {
    return namedLibrary().isPresent()
        ? Optional.empty()
        : Optional.of(
            version(Nvrtc.version(NativeLibraries.NVRTC_RELEASE, NativeLibraries.NVRTC.sha256())));
  }

  /// The library that the system property `tuckerc.nvrtc`, or else the environment variable
  /// `TUCKERC_NVRTC`, names in place of the shipped one. Set but empty counts as not set.
  public static Optional<Path> namedLibrary() {
    String property = System.getProperty(LIBRARY_PROPERTY, "");
    String variable = System.getenv().getOrDefault("TUCKERC_NVRTC", "");
    String name = property.isEmpty() ? variable : property;
    return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name).toAbsolutePath());
  }

  /// An NVRTC that is already on the machine.
  ///
  /// @param path a `libnvrtc.so.12` or `libnvrtc.so.13`
  public static NvrtcCompiler fromLibrary(Path path) {
    return new NvrtcCompiler(new Nvrtc(path, Optional.empty()));
  }

  @Override
  public String version() {
    return version(library.version());
  }

  private static String version(String library) {
    return "NVRTC " + library + " " + REVISION;
  }

  @Override
  public CompiledKernel compile(
      String name, String source, String architecture, List<String> options) {
    return compileAll(List.of(new KernelSource(name, source, architecture, options))).getFirst();
  }

  @Override
  public List<CompiledKernel> compileAll(List<KernelSource> sources) {
    List<Future<CompiledKernel>> pending = new ArrayList<>();
    for (KernelSource source : sources) {
      pending.add(threads.submit(() -> compileHere(source)));
    }
    List<CompiledKernel> compiled = new ArrayList<>();
    try {
      for (Future<CompiledKernel> future : pending) {
        compiled.add(future.get());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SourceException refused) {
        throw new SourceException(String.valueOf(refused.getMessage()), refused);
      }
      if (e.getCause() instanceof DeviceException refused) {
        throw new DeviceException(String.valueOf(refused.getMessage()), refused);
      }
      throw new DeviceException("NVRTC failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeviceException("interrupted while compiling", e);
    } finally {
      pending.forEach(future -> future.cancel(false));
    }
    return List.copyOf(compiled);
  }

  private CompiledKernel compileHere(KernelSource source) {
    if (!ARCHITECTURE.matcher(source.architecture()).matches()) {
      throw new DeviceException(
          source.name()
              + ": unknown architecture '"
              + source.architecture()
              + "'; name one such as sm_75, sm_80, sm_86, sm_89 or sm_90");
    }
    Nvrtc.Outcome outcome =
        library.compile(
            ROOT + source.name(), source.source(), optionsOf(source, library.version()));
    String log = outcome.log().replace(ROOT + source.name(), source.name());
    if (!outcome.succeeded()) {
      throw new SourceException(
          CompileErrors.describe(
              source.name(), source.architecture(), source.source(), outcome.error(), log));
    }
    return new CompiledKernel(
        withoutFolders(outcome.ptx()), outcome.cubin(), PtxasReport.parse(log), withoutTimes(log));
  }

  private static List<String> optionsOf(KernelSource source, String version) {
    List<String> options = new ArrayList<>();
    options.add("--gpu-architecture=" + source.architecture());
    options.addAll(FIXED_OPTIONS);
    if (source.options().isEmpty() && version.startsWith(KNOWN_MINIMAL)) {
      options.add("--minimal");
    }
    if (source.options().stream().noneMatch(o -> o.startsWith("--std") || o.startsWith("-std"))) {
      options.add(DEFAULT_STANDARD);
    }
    options.addAll(source.options());
    return options;
  }

  /// PTX that names files without folders.
  private static String withoutFolders(String ptx) {
    return FILE_DIRECTIVE
        .matcher(ptx)
        .replaceAll(m -> Matcher.quoteReplacement(m.group(1) + m.group(3) + m.group(4)));
  }

  private static String withoutTimes(String log) {
    return log.lines()
        .filter(line -> !line.contains("Compile time ="))
        .collect(Collectors.joining("\n"))
        .strip();
  }
}
