package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Entries of a kind on disk, found by the hash of what they were made of.
///
/// Several threads and processes may share a folder: an entry appears whole, by an atomic move, and
/// a reader that loses a race with pruning sees a miss. An entry whose bytes do not match its own
/// hash is removed and counts as a miss. When the folder outgrows its cap, the entries unused for
/// longest go first. A folder that cannot be written, or that others may write to, costs speed, not
/// correctness: one warning.
///
/// An entry is a file: magic number, SHA-256 of the rest, the key preceded by its length, content.
public final class DiskCache {
  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
  private static final int MAGIC = 0x544b4331; // "TKC1"
  private static final int HASH_BYTES = 32;
  private static final int HEADER_BYTES = 4 + HASH_BYTES;
  private static final Duration ABANDONED = Duration.ofHours(1);
  private static final int WRITES_BETWEEN_SCANS = 64;

  private final Path folder;
  private final String kind;
  private final long capBytes;
  private final AtomicLong hits = new AtomicLong();
  private final AtomicLong misses = new AtomicLong();
  private final AtomicLong corrupt = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicBoolean warned = new AtomicBoolean();

  /// What is in a folder, and what this process did with it.
  ///
  /// @param entries number of entries
  /// @param bytes their size on disk
  /// @param hits entries found since this object was made
  /// @param misses entries not found
  /// @param corrupt entries found damaged and removed
  public record Stats(long entries, long bytes, long hits, long misses, long corrupt) {}

  /// @param folder where the entries lie; made on the first write
  /// @param kind of what is kept, such as `kernel`: the end of the files' names
  /// @param capBytes size above which entries are removed
  public DiskCache(Path folder, String kind, long capBytes) {
    if (capBytes < 0) {
      throw new IllegalArgumentException("negative cache size " + capBytes);
    }
    this.folder = folder;
    this.kind = kind;
    this.capBytes = capBytes;
  }

  /// Where the entries lie.
  public Path folder() {
    return folder;
  }

  /// The content of a key's entry, if there is a sound one.
  ///
  /// @param key 64 hexadecimal digits
  public Optional<byte[]> get(String key) {
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
    Optional<byte[]> content = content(key, bytes);
    if (content.isEmpty()) {
      damaged(key);
      return content;
    }
    hits.incrementAndGet();
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("cannot mark {} as used: {}", file, e.toString());
    }
    return content;
  }

  private static Optional<byte[]> content(String key, byte[] bytes) {
    ByteBuffer whole = ByteBuffer.wrap(bytes);
    byte[] own = key.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < HEADER_BYTES + 4 + own.length || whole.getInt() != MAGIC) {
      return Optional.empty();
    }
    byte[] hash = new byte[HASH_BYTES];
    whole.get(hash);
    if (!Arrays.equals(hash, hash(whole.duplicate())) || whole.getInt() != own.length) {
      return Optional.empty();
    }
    byte[] named = new byte[own.length];
    whole.get(named);
    return Arrays.equals(own, named)
        ? Optional.of(Arrays.copyOfRange(bytes, whole.position(), bytes.length))
        : Optional.empty();
  }

  /// An entry as it lies on disk.
  private static byte[] entry(String key, byte[] content) {
    byte[] named = key.getBytes(StandardCharsets.UTF_8);
    ByteBuffer whole = ByteBuffer.allocate(HEADER_BYTES + 4 + named.length + content.length);
    whole.position(HEADER_BYTES).putInt(named.length).put(named).put(content);
    byte[] hash = hash(whole.duplicate().position(HEADER_BYTES));
    return whole.putInt(0, MAGIC).put(4, hash).array();
  }

  private static byte[] hash(ByteBuffer payload) {
    MessageDigest digest = sha256();
    digest.update(payload);
    return digest.digest();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Removes an entry that is of no use.
  void damaged(String key) {
    misses.incrementAndGet();
    if (corrupt.getAndIncrement() == 0) {
      LOG.warn("removing damaged cache entry {}; the {} is made again", file(key), kind);
    }
    delete(file(key));
  }

  /// Stores an entry, then prunes when it is time to.
  ///
  /// @param key 64 hexadecimal digits
  public void put(String key, byte[] content) {
    Path file = file(key);
    try {
      PrivateFolder.require(folder);
      Path parent = file.getParent();
      Files.createDirectories(parent);
      Path temporary = Files.createTempFile(parent, "new", ".tmp");
      try {
        Files.write(temporary, entry(key, content));
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
      prune(List.of(this), capBytes);
    }
  }

  /// Counts and sizes.
  public Stats stats() {
    List<Entry> entries = scan();
    long bytes = entries.stream().mapToLong(Entry::bytes).sum();
    return new Stats(entries.size(), bytes, hits.get(), misses.get(), corrupt.get());
  }

  /// Removes the entries unused for longest, of all caches together, until the rest fits.
  ///
  /// @param maximumBytes size to shrink to; 0 empties the caches
  /// @return bytes freed
  public static long prune(List<DiskCache> caches, long maximumBytes) {
    List<Entry> entries = new ArrayList<>();
    caches.forEach(cache -> entries.addAll(cache.scan()));
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
      if (entry.cache().delete(entry.file())) {
        freed += entry.bytes();
      }
    }
    LOG.info("pruned {} bytes", freed);
    return freed;
  }

  private record Entry(DiskCache cache, Path file, long bytes, FileTime lastUsed) {}

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
              FileTime time = attributes.lastModifiedTime();
              if (name.endsWith("." + kind)) {
                entries.add(new Entry(DiskCache.this, file, attributes.size(), time));
              } else if (name.endsWith(".tmp") && time.toInstant().isBefore(abandonedBefore)) {
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
    return folder.resolve(key.substring(0, 2)).resolve(key + "." + kind);
  }

  private void warn(String what, Exception e) {
    if (warned.compareAndSet(false, true)) {
      LOG.warn("cache: {} ({}); each {} is made every time", what, e.toString(), kind);
    }
  }
}
