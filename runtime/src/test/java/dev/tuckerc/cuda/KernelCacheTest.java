package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
  @TempDir Path folder;

  /// Counts compilations; the "PTX" is the source, so results are easy to tell apart.
  private static final class CountingCompiler implements KernelCompiler {
    final AtomicInteger count = new AtomicInteger();
    String version = "1";

    @Override
    public String version() {
      return version;
    }

    @Override
    public CompiledKernel compile(
        String name, String source, String architecture, List<String> options) {
      count.incrementAndGet();
      return new CompiledKernel(
          "ptx of " + source + architecture + options,
          new byte[] {1, 2, 3},
          Map.of(name, new Resources(10, 20, 30, 40, 50)),
          "log");
    }
  }

  private final CountingCompiler counting = new CountingCompiler();

  private CachedKernelCompiler cached(long cap) {
    return new CachedKernelCompiler(counting, new KernelCache(folder, cap));
  }

  private List<Path> entries() throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(".kernel")).toList();
    }
  }

  /// The comment at the head tells estimates, which change with every calibration.
  @Test
  void theHeaderMakesNoDifferenceAndItsLinesDo() {
    CachedKernelCompiler compiler = cached(1 << 20);
    compiler.compile("a", "// 1.3 us\n// on A\ncode // x\n", "sm_90", List.of());
    compiler.compile("a", "// 1.4 us\n// on B\ncode // x\n", "sm_90", List.of());
    assertThat(counting.count).hasValue(1);
    compiler.compile("a", "// 1.4 us\ncode // x\n", "sm_90", List.of());
    compiler.compile("a", "// 1.3 us\n// on A\ncode // y\n", "sm_90", List.of());
    assertThat(counting.count).hasValue(3);
  }

  @Test
  void secondCompilerFindsWhatTheFirstMade() {
    CompiledKernel first = cached(1 << 20).compile("a", "source", "sm_90", List.of("-x"));
    CachedKernelCompiler second = cached(1 << 20);
    CompiledKernel again = second.compile("a", "source", "sm_90", List.of("-x"));
    assertThat(counting.count).hasValue(1);
    assertThat(again.ptx()).isEqualTo(first.ptx());
    assertThat(again.cubin()).isEqualTo(first.cubin());
    assertThat(again.resources()).isEqualTo(first.resources());
    assertThat(again.log()).isEqualTo(first.log());
    assertThat(second.cache().stats().hits()).isEqualTo(1);
    assertThat(second.cache().stats().entries()).isEqualTo(1);
  }

  /// Loading the library takes longer than finding a kernel.
  @Test
  void aCompilerOfKnownVersionIsMadeForTheFirstMissOnly() {
    cached(1 << 20).compile("a", "source", "sm_90", List.of());
    AtomicInteger made = new AtomicInteger();
    CachedKernelCompiler later =
        new CachedKernelCompiler(
            new LoadingCompiler(
                () -> {
                  made.incrementAndGet();
                  return counting;
                },
                Optional.of(counting.version)),
            new KernelCache(folder, 1 << 20));
    later.compile("a", "source", "sm_90", List.of());
    assertThat(made).hasValue(0);
    later.compile("a", "other", "sm_90", List.of());
    later.compile("a", "third", "sm_90", List.of());
    assertThat(made).hasValue(1);
    assertThat(counting.count).hasValue(3);
  }

  @Test
  void everyInputIsPartOfTheKey() {
    CachedKernelCompiler compiler = cached(1 << 20);
    compiler.compile("a", "source", "sm_90", List.of("-x"));
    compiler.compile("b", "source", "sm_90", List.of("-x"));
    compiler.compile("a", "source2", "sm_90", List.of("-x"));
    compiler.compile("a", "source", "sm_80", List.of("-x"));
    compiler.compile("a", "source", "sm_90", List.of());
    compiler.compile("a", "source", "sm_90", List.of("-", "x"));
    counting.version = "2";
    compiler.compile("a", "source", "sm_90", List.of("-x"));
    assertThat(counting.count).hasValue(7);
  }

  @Test
  void equalSourcesOfOneCallAreCompiledOnce() {
    KernelSource source = new KernelSource("a", "source", "sm_90", List.of());
    KernelSource other = new KernelSource("a", "other", "sm_90", List.of());
    List<CompiledKernel> kernels = cached(1 << 20).compileAll(List.of(source, other, source));
    assertThat(counting.count).hasValue(2);
    assertThat(kernels.get(0).ptx()).isEqualTo(kernels.get(2).ptx()).contains("source");
    assertThat(kernels.get(1).ptx()).contains("other");
  }

  @Test
  void everyFlippedOrMissingByteIsNoticed() throws Exception {
    cached(1 << 20).compile("a", "source", "sm_90", List.of());
    Path entry = entries().getFirst();
    byte[] sound = Files.readAllBytes(entry);
    int compiled = 1;
    CachedKernelCompiler compiler = cached(1 << 20);
    for (int i = 0; i < sound.length; i++) {
      byte[] damaged = sound.clone();
      damaged[i] ^= 0x10;
      Files.write(entry, i % 2 == 0 ? damaged : java.util.Arrays.copyOf(sound, i));
      CompiledKernel kernel = compiler.compile("a", "source", "sm_90", List.of());
      assertThat(kernel.ptx()).isEqualTo("ptx of sourcesm_90[]");
      assertThat(counting.count).hasValue(++compiled);
    }
    assertThat(Files.readAllBytes(entry)).isEqualTo(sound);
  }

  @Test
  void pruningRemovesWhatIsUnusedForLongest() throws Exception {
    CachedKernelCompiler compiler = cached(1 << 20);
    for (int i = 0; i < 10; i++) {
      compiler.compile("a", "source" + i, "sm_90", List.of());
    }
    List<Path> files = entries();
    long one = Files.size(files.getFirst());
    Instant old = Instant.now().minusSeconds(3600);
    for (Path file : files) {
      Files.setLastModifiedTime(file, FileTime.from(old));
    }
    compiler.compile("a", "source3", "sm_90", List.of()); // now the youngest
    long freed = compiler.cache().prune(5 * one);
    assertThat(freed).isGreaterThanOrEqualTo(5 * one);
    assertThat(compiler.cache().stats().bytes()).isLessThanOrEqualTo(5 * one);
    int before = counting.count.get();
    compiler.compile("a", "source3", "sm_90", List.of());
    assertThat(counting.count).hasValue(before);
    compiler.cache().prune(0);
    assertThat(entries()).isEmpty();
  }

  /// One size bounds all caches together, and what is sound comes back whatever its kind.
  @Test
  void pruningTakesTheOldestOfAllCaches() throws Exception {
    DiskCache one = new DiskCache(folder.resolve("one"), "one", 1 << 20);
    DiskCache two = new DiskCache(folder.resolve("two"), "two", 1 << 20);
    List<String> keys = Stream.of("a", "b", "c", "d").map(k -> k.repeat(64)).toList();
    Instant old = Instant.now().minusSeconds(3600);
    for (int i = 0; i < keys.size(); i++) {
      DiskCache cache = i % 2 == 0 ? one : two;
      cache.put(keys.get(i), new byte[1000 + i]);
      Path file;
      try (Stream<Path> files = Files.walk(cache.folder())) {
        String name = keys.get(i);
        file = files.filter(f -> f.toString().contains(name)).findFirst().orElseThrow();
      }
      Files.setLastModifiedTime(file, FileTime.from(old.plusSeconds(i)));
    }
    assertThat(one.get(keys.get(2))).contains(new byte[1002]);
    DiskCache.prune(List.of(one, two), 2500);
    assertThat(one.get(keys.get(0))).isEmpty();
    assertThat(two.get(keys.get(1))).isEmpty();
    assertThat(one.get(keys.get(2))).isPresent();
    assertThat(two.get(keys.get(3))).contains(new byte[1003]);
  }

  @Test
  void staysBelowItsCap() {
    CachedKernelCompiler compiler = cached(4096);
    for (int i = 0; i < 300; i++) {
      compiler.compile("a", "source" + i, "sm_90", List.of());
    }
    // Checked every 64 writes, so the folder may hold that many entries more than the cap.
    assertThat(compiler.cache().stats().bytes()).isLessThan(4096 + 64 * 250);
  }

  @Test
  void unwritableFolderStillCompiles() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    KernelCompiler compiler =
        new CachedKernelCompiler(counting, new KernelCache(file.resolve("sub"), 1 << 20));
    assertThat(compiler.compile("a", "source", "sm_90", List.of()).ptx()).contains("source");
  }

  @Test
  void threadsShareAFolder() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 8; t++) {
      int seed = t;
      Thread thread =
          new Thread(() -> {
            try {
              CachedKernelCompiler compiler = cached(20_000);
              for (int i = 0; i < 200; i++) {
                String source = "source" + (i * 7 + seed) % 60;
                String ptx = compiler.compile("a", source, "sm_90", List.of()).ptx();
                assertThat(ptx).isEqualTo("ptx of " + source + "sm_90[]");
                if (i % 50 == seed) {
                  compiler.cache().prune(2_000);
                }
              }
              assertThat(compiler.cache().stats().corrupt()).isZero();
            } catch (Throwable e) {
              failures.add(e);
            }
          });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(f -> f.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void cacheRootFollowsTheEnvironment() {
    Path home = Path.of("/home/u");
    assertThat(TuckercCache.of(Map.of(), home).root()).isEqualTo(Path.of("/home/u/.cache/tuckerc"));
    assertThat(TuckercCache.of(Map.of("HOME", "/h"), home).root())
        .isEqualTo(Path.of("/h/.cache/tuckerc"));
    assertThat(TuckercCache.of(Map.of("HOME", ""), home).root())
        .isEqualTo(Path.of("/home/u/.cache/tuckerc"));
    assertThat(TuckercCache.of(Map.of("XDG_CACHE_HOME", "/x"), home).root())
        .isEqualTo(Path.of("/x/tuckerc"));
    assertThat(
            TuckercCache.of(Map.of("XDG_CACHE_HOME", "/x", "TUCKERC_CACHE", "/t"), home).kernels())
        .isEqualTo(Path.of("/t/kernels"));
    assertThat(TuckercCache.of(Map.of("TUCKERC_CACHE", ""), home).natives())
        .isEqualTo(Path.of("/home/u/.cache/tuckerc/natives"));
  }
}
