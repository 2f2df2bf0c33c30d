package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Where tuckerc keeps what it can make again: `$TUCKERC_CACHE`, else `$XDG_CACHE_HOME/tuckerc`,
/// else `~/.cache/tuckerc`.
///
/// @param root the folder; it need not exist yet
public record TuckercCache(Path root) {

  /// The cache of this user and environment.
  public static TuckercCache standard() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /// The cache root that an environment asks for. A variable that is set but empty counts as not
  /// set.
  static TuckercCache of(Map<String, String> environment, Path home) {
    String own = environment.getOrDefault("TUCKERC_CACHE", "");
    if (!own.isEmpty()) {
      return new TuckercCache(Path.of(own).toAbsolutePath());
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!xdg.isEmpty()) {
      return new TuckercCache(Path.of(xdg).toAbsolutePath().resolve("tuckerc"));
    }
    return new TuckercCache(home.resolve(".cache").resolve("tuckerc"));
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

  /// Compiled kernels.
  public Path kernels() {
    return root.resolve("kernels");
  }
}
