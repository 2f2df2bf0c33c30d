package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.KernelInterfaces;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.cuda.DiskCache;
import dev.tuckerc.cuda.TuckercCache;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;

/// The predictions of each model, and what its kernels ask of a launch, kept on disk for its next
/// compilation.
///
/// They hold for the compiler that made them: the key has the hashes of the jars with its classes,
/// templates, grammars and readers of PTX. A compiler that lies in folders, as in a development
/// environment, may change at any moment and keeps none.
///
/// @param entries where and how
/// @param compiler what tells this compiler from every other; empty where nothing does
public record PredictionCache(DiskCache entries, Optional<String> compiler) {
  /// Cap: 256 MiB.
  public static final long CAP_BYTES = 256L << 20;

  /// One file of each part that decides on kernels or reads them.
  private static final List<String> PARTS =
      List.of(
          "dev/tuckerc/codegen/CodeGenerator.class",
          "dev/tuckerc/templates/gemm_mma.cu",
          "dev/tuckerc/grammar/template/KernelTemplateLexer.class",
          "dev/tuckerc/ptx/PtxParser.class");

  private static final String INTERFACES = " kernel interfaces";

  /// The cache of this user, for the compiler that is running.
  public static PredictionCache standard() {
    return new PredictionCache(
        new DiskCache(TuckercCache.standard().predictions(), "prediction", CAP_BYTES),
        runningCompiler());
  }

  /// What is known of a model; nothing where it was never compiled by this compiler.
  ///
  /// @param model the hash of its file
  Predictions find(String model) {
    return compiler
        .flatMap(own -> entries.get(key(own, model)))
        .flatMap(Predictions::decode)
        .orElseGet(Predictions::new);
  }

  /// Keeps what is known of a model, where anything was learned.
  void keep(String model, Predictions predictions) {
    if (predictions.grown()) {
      compiler.ifPresent(own -> entries.put(key(own, model), predictions.encode()));
    }
  }

  /// What is known of the kernels of a model; nothing where this compiler never wrote its bundle.
  ///
  /// @param model the hash of its file
  KernelInterfaces interfaces(String model) {
    return compiler
        .flatMap(own -> entries.get(key(own, model + INTERFACES)))
        .flatMap(KernelInterfaces::decode)
        .orElseGet(KernelInterfaces::new);
  }

  /// Keeps what is known of the kernels of a model, where anything was learned.
  void keep(String model, KernelInterfaces interfaces) {
    if (interfaces.grown()) {
      compiler.ifPresent(own -> entries.put(key(own, model + INTERFACES), interfaces.encode()));
    }
  }

  private static String key(String compiler, String model) {
    return CompilePipeline.hash(compiler + "\n" + model);
  }

  private static Optional<String> runningCompiler() {
    SequencedSet<Path> jars = new TreeSet<>();
    for (String part : PARTS) {
      Optional<Path> jar = jarOf(part);
      if (jar.isEmpty()) {
        return Optional.empty();
      }
      jars.add(jar.get());
    }
    return Optional.of(
        jars.stream().map(PredictionCache::contents).collect(Collectors.joining(" ")));
  }

  /// A hash of the names, sizes and checksums that a jar's directory lists, which is read already:
  /// to hash the jar itself takes longer than all else that is found in the cache.
  private static String contents(Path jar) {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return CompilePipeline.hash(
          zip.stream()
              .map(entry -> entry.getName() + " " + entry.getSize() + " " + entry.getCrc())
              .collect(Collectors.joining("\n")));
    } catch (IOException e) {
      throw new IllegalStateException("the class path's " + jar + " cannot be read", e);
    }
  }

  private static Optional<Path> jarOf(String part) {
    URL url = PredictionCache.class.getClassLoader().getResource(part);
    try {
      return url != null && url.openConnection() instanceof JarURLConnection jar
          ? Optional.of(Path.of(jar.getJarFileURL().toURI()))
          : Optional.empty();
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("a class path with " + url, e);
    }
  }
}
