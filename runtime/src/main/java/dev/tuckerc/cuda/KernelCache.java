package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compiled kernels on disk, found by the hash of what they were made of.
///
/// Several threads and processes may share a folder: an entry appears whole, by an atomic move, and
/// a reader that loses a race with pruning sees a miss. An entry whose bytes do not match its own
/// hash is removed and counts as a miss. When the folder outgrows its cap, the entries unused for
/// longest go first. A folder that cannot be written, or that others may write to, costs speed, not
/// correctness: one warning.
public final class KernelCache {
  private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);
  private static final String SUFFIX = ".kernel";
  private static final Duration ABANDONED = Duration.ofHours(1);
  private static final int WRITES_BETWEEN_SCANS = 64;

  /// Cap unless told otherwise: 1 GiB.
  public static final long DEFAULT_CAP_BYTES = 1L << 30;

  private final Path folder;
  private final long capBytes;
  private final AtomicLong hits = new AtomicLong();
  private final AtomicLong misses = new AtomicLong();
  private final AtomicLong corrupt = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicBoolean warned = new AtomicBoolean();

  /// What is in the folder, and what this process did with it.
  ///
  /// @param entries number of kernels
  /// @param bytes their size on disk
  /// @param hits entries found since this object was made
  /// @param misses entries not found
  /// @param corrupt entries found damaged and removed
  public record Stats(long entries, long bytes, long hits, long misses, long corrupt) {}

  /// @param folder where the entries lie; made on the first write
  /// @param capBytes size above which entries are removed
  public KernelCache(Path folder, long capBytes) {
    if (capBytes < 0) {
      throw new IllegalArgumentException("negative cache size " + capBytes);
    }
    this.folder = folder;
    this.capBytes = capBytes;
  }

  /// The cache of this user, with the default cap.
  public static KernelCache standard() {
    return new KernelCache(TuckercCache.standard().kernels(), DEFAULT_CAP_BYTES);
  }

  /// Where the entries lie.
  public Path folder() {
    return folder;
  }

  /// The entry of a key, if there is a sound one.
  ///
  /// @param key 64 hexadecimal digits
  Optional<CompiledKernel> get(String key) {
    Path file = file(key);
    byte[] bytes;
    try {
      if (!Files.exists(folder)) {
        misses.incrementAndGet();
        return Optional.empty();
      }
      PrivateFolder.require(folder);
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      misses.incrementAndGet();
      return Optional.empty();
    } catch (IOException | DeviceException e) {
      misses.incrementAndGet();
      warn("cannot read " + file, e);
      return Optional.empty();
    }
    Optional<CompiledKernel> found = KernelCacheEntry.decode(key, bytes);
    if (found.isEmpty()) {
      misses.incrementAndGet();
      if (corrupt.getAndIncrement() == 0) {
        LOG.warn("removing damaged cache entry {}; the kernel is compiled again", file);
      }
      delete(file);
      return found;
    }
    hits.incrementAndGet();
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("cannot mark {} as used: {}", file, e.toString());
    }
    return found;
  }

  /// Stores an entry, then prunes when it is time to.
  void put(String key, CompiledKernel kernel) {
    Path file = file(key);
    try {
      PrivateFolder.require(folder);
      Path parent = file.getParent();
      Files.createDirectories(parent);
      Path temporary = Files.createTempFile(parent, "new", ".tmp");
      try {
        Files.write(temporary, KernelCacheEntry.encode(key, kernel));
        NativeLibraries.moveIntoPlace(temporary, file);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException | DeviceException e) {
      warn("cannot write to " + folder, e);
      return;
    }
    // The first write prunes what earlier runs left; other processes may be writing as well, so the
    // size is taken from the folder, not from a count kept here.
    if (writes.getAndIncrement() % WRITES_BETWEEN_SCANS == 0) {
      prune(capBytes);
    }
  }

  /// Counts and sizes.
  public Stats stats() {
    List<Entry> entries = scan();
    long bytes = entries.stream().mapToLong(Entry::bytes).sum();
    return new Stats(entries.size(), bytes, hits.get(), misses.get(), corrupt.get());
  }

  /// Removes the entries unused for longest until the rest fits.
  ///
  /// @param maximumBytes size to shrink to; 0 empties the cache
  /// @return bytes freed
  public long prune(long maximumBytes) {
    List<Entry> entries = new ArrayList<>(scan());
    entries.sort(Comparator.comparing(Entry::lastUsed).thenComparing(Entry::file));
    long total = entries.stream().mapToLong(Entry::bytes).sum();
    if (total <= maximumBytes) {
      return 0;
    }
    // A tenth of air, so that the next write does not prune again; none when asked to empty.
    long goal = maximumBytes - maximumBytes / 10;
    long freed = 0;
    for (Entry entry : entries) {
      if (total - freed <= goal) {
        break;
      }
      if (delete(entry.file())) {
        freed += entry.bytes();
      }
    }
    LOG.info("pruned {} bytes from {}", freed, folder);
    return freed;
  }

  private record Entry(Path file, long bytes, FileTime lastUsed) {}

  /// The entries; removes temporary files that a killed process left behind on the way.
  private List<Entry> scan() {
    List<Entry> entries = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return entries;
    }
    Instant abandonedBefore = Instant.now().minus(ABANDONED);
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = String.valueOf(file.getFileName());
              if (name.endsWith(SUFFIX)) {
                entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
              } else if (name.endsWith(".tmp")
                  && attributes.lastModifiedTime().toInstant().isBefore(abandonedBefore)) {
                delete(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE; // another process removed it
            }
          });
    } catch (IOException e) {
      warn("cannot list " + folder, e);
    }
    return entries;
  }

  private boolean delete(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      warn("cannot remove " + file, e);
      return false;
    }
  }

  private Path file(String key) {
    return folder.resolve(key.substring(0, 2)).resolve(key + SUFFIX);
  }

  private void warn(String what, Exception e) {
    if (warned.compareAndSet(false, true)) {
      LOG.warn("kernel cache: {} ({}); kernels are compiled every time", what, e.toString());
    }
  }
}
