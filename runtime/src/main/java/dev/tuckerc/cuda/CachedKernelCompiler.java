package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A compiler that asks a [KernelCache] first.
///
/// The key is the hash of the compiler's version, the architecture, the options, the name (it is in
/// the PTX) and the source, but for the text of the comment that it begins with.
public final class CachedKernelCompiler implements KernelCompiler {
  private final KernelCompiler compiler;
  private final KernelCache cache;

  /// @param compiler asked on a miss
  public CachedKernelCompiler(KernelCompiler compiler, KernelCache cache) {
    this.compiler = compiler;
    this.cache = cache;
  }

  /// NVRTC with this user's cache. Its library, 106 MB whose hash is checked, is loaded at the
  /// first miss; beside the work before that where the cache is empty.
  public static CachedKernelCompiler standard() {
    LoadingCompiler nvrtc =
        new LoadingCompiler(NvrtcCompiler::create, NvrtcCompiler.knownVersion());
    KernelCache cache = KernelCache.standard();
    return new CachedKernelCompiler(cache.isNew() ? nvrtc.begin() : nvrtc, cache);
  }

  /// The cache asked.
  public KernelCache cache() {
    return cache;
  }

  @Override
  public String version() {
    return compiler.version();
  }

  @Override
  public CompiledKernel compile(
      String name, String source, String architecture, List<String> options) {
    return compileAll(List.of(new KernelSource(name, source, architecture, options))).getFirst();
  }

  @Override
  public List<CompiledKernel> compileAll(List<KernelSource> sources) {
    List<String> keys = sources.stream().map(this::key).toList();
    Map<String, CompiledKernel> done = new LinkedHashMap<>();
    Map<String, KernelSource> missing = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      if (!done.containsKey(key) && !missing.containsKey(key)) {
        var found = cache.get(key);
        if (found.isPresent()) {
          done.put(key, found.get());
        } else {
          missing.put(key, sources.get(i));
        }
      }
    }
    List<CompiledKernel> compiled =
        missing.isEmpty() ? List.of() : compiler.compileAll(List.copyOf(missing.values()));
    int next = 0;
    for (String key : missing.keySet()) {
      CompiledKernel kernel = compiled.get(next++);
      cache.put(key, kernel);
      done.put(key, kernel);
    }
    List<CompiledKernel> results = new ArrayList<>();
    for (String key : keys) {
      CompiledKernel kernel = done.get(key);
      if (kernel == null) {
        throw new IllegalStateException("no result for cache key " + key);
      }
      results.add(kernel);
    }
    return List.copyOf(results);
  }

  private String key(KernelSource source) {
    List<String> parts = new ArrayList<>();
    parts.add(compiler.version());
    parts.add(source.architecture());
    parts.add(String.valueOf(source.options().size()));
    parts.addAll(source.options());
    parts.add(source.name());
    parts.add(withoutHeader(source.source()));
    return KernelCacheEntry.hash(parts);
  }

  /// A source without the text of the comment that it begins with, which tells estimates and a
  /// device that make no difference to the compiler. The lines stay: line numbers are in the PTX.
  private static String withoutHeader(String source) {
    StringBuilder text = new StringBuilder();
    int start = 0;
    while (source.startsWith("//", start) && source.indexOf('\n', start) >= 0) {
      text.append('\n');
      start = source.indexOf('\n', start) + 1;
    }
    return text.append(source, start, source.length()).toString();
  }
}
