package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Compiled kernels in a [DiskCache].
public final class KernelCache {
  /// Cap unless told otherwise: 1 GiB.
  public static final long DEFAULT_CAP_BYTES = 1L << 30;

  private final DiskCache entries;

  /// @param folder where the entries lie; made on the first write
  /// @param capBytes size above which entries are removed
  public KernelCache(Path folder, long capBytes) {
    entries = new DiskCache(folder, "kernel", capBytes);
  }

  /// The cache of this user, with the default cap.
  public static KernelCache standard() {
    return new KernelCache(TuckercCache.standard().kernels(), DEFAULT_CAP_BYTES);
  }

  /// Where and how the kernels are kept.
  public DiskCache entries() {
    return entries;
  }

  /// The kernel of a key, if there is a sound one.
  ///
  /// @param key 64 hexadecimal digits
  Optional<CompiledKernel> get(String key) {
    Optional<byte[]> bytes = entries.get(key);
    Optional<CompiledKernel> found = bytes.flatMap(KernelCacheEntry::decode);
    if (bytes.isPresent() && found.isEmpty()) {
      entries.damaged(key);
    }
    return found;
  }

  /// Stores a kernel.
  void put(String key, CompiledKernel kernel) {
    entries.put(key, KernelCacheEntry.encode(kernel));
  }

  /// Whether nothing was ever kept here.
  boolean isNew() {
    return !Files.exists(entries.folder());
  }

  /// Counts and sizes.
  public DiskCache.Stats stats() {
    return entries.stats();
  }

  /// Removes the kernels unused for longest until the rest fits.
  ///
  /// @param maximumBytes size to shrink to; 0 empties the cache
  /// @return bytes freed
  public long prune(long maximumBytes) {
    return DiskCache.prune(List.of(entries), maximumBytes);
  }
}
