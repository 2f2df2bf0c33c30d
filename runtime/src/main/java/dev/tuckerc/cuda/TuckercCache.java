package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;

/// Where tuckerc keeps what it can make again: `$TUCKERC_CACHE`, else `$XDG_CACHE_HOME/tuckerc`,
/// else `~/.cache/tuckerc`.
///
/// @param root the folder; it need not exist yet
public record TuckercCache(Path root) {

  /// What the native libraries take once they are all unpacked, in bytes.
  public static final long NATIVE_BYTES = 220_000_000;

  /// The cache of this user and environment.
  public static TuckercCache standard() {
    return of(System.getenv(), home());
  }

  /// The home that the password file names, or a folder for temporary files where it knows no such
  /// user (containers that run under a bare number).
  private static Path home() {
    String named = System.getProperty("user.home", "?");
    if (!named.equals("?") && !named.isBlank()) {
      return Path.of(named);
    }
    Object user;
    try {
      user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      user = System.getProperty("user.name");
    }
    return Path.of(System.getProperty("java.io.tmpdir"), "tuckerc-" + user);
  }

  /// The cache root that an environment asks for. A variable that is set but empty counts as not
  /// set.
  ///
  /// @param home the user's home where `HOME` does not say
  static TuckercCache of(Map<String, String> environment, Path home) {
    String own = environment.getOrDefault("TUCKERC_CACHE", "");
    if (!own.isEmpty()) {
      return new TuckercCache(Path.of(own).toAbsolutePath());
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!xdg.isEmpty()) {
      return new TuckercCache(Path.of(xdg).toAbsolutePath().resolve("tuckerc"));
    }
    String named = environment.getOrDefault("HOME", "");
    Path folder = named.isEmpty() ? home : Path.of(named);
    return new TuckercCache(folder.toAbsolutePath().resolve(".cache").resolve("tuckerc"));
  }

  /// Makes the folder where it is missing.
  ///
  /// @throws DeviceException when it is another user's, or others may write to it: machine code is
  ///   loaded from it
  /// @throws IOException when it cannot be made
  public void requirePrivate() throws IOException {
    PrivateFolder.require(root);
  }

  /// Native libraries unpacked from jars.
  public Path natives() {
    return root.resolve("natives");
  }

  /// Why the native libraries that are not unpacked yet will find no room, if so.
  public Optional<String> shortage() {
    try {
      Path existing = root;
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      // Asks the system itself: a file store is looked up among mount points, which a process in a
      // changed root does not see.
      long free = existing.toFile().getUsableSpace();
      long missing = NATIVE_BYTES - unpackedBytes();
      return free >= missing
          ? Optional.empty()
          : Optional.of(
              root
                  + " is full: "
                  + free / 1_000_000
                  + " MB are free, and native libraries of "
                  + missing / 1_000_000
                  + " MB are to be unpacked");
    } catch (IOException e) {
      return Optional.of(root + " cannot be examined (" + e.getMessage() + ")");
    }
  }

  private long unpackedBytes() throws IOException {
    if (!Files.isDirectory(natives())) {
      return 0;
    }
    long[] sum = {0};
    Files.walkFileTree(
        natives(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // another process removed it
          }
        });
    return sum[0];
  }

  /// Factorized weights.
  public Path factorizations() {
    return root.resolve("factorizations");
  }

  /// Predicted times and choices of kernels.
  public Path predictions() {
    return root.resolve("predictions");
  }

  /// Compiled kernels.
  public Path kernels() {
    return root.resolve("kernels");
  }
}
