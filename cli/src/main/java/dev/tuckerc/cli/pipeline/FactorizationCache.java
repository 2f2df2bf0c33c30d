package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cuda.DiskCache;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.linalg.FactorizationStore;
import java.util.Optional;

/// What is known of weights, kept on disk.
///
/// @param entries where and how
public record FactorizationCache(DiskCache entries) implements FactorizationStore {
  /// Cap: 1 GiB.
  public static final long CAP_BYTES = 1L << 30;

  /// The cache of this user.
  public static FactorizationCache standard() {
    return new FactorizationCache(
        new DiskCache(TuckercCache.standard().factorizations(), "factorization", CAP_BYTES));
  }

  @Override
  public Optional<byte[]> find(String key) {
    return entries.get(key);
  }

  @Override
  public void keep(String key, byte[] content) {
    entries.put(key, content);
  }
}
