package dev.tuckerc.cli.console;

import dev.tuckerc.cuda.TuckercCache;
import java.util.Optional;

/// Native libraries that cannot be loaded. They are unpacked to the cache on first use, so what
/// stands in the way is nearly always that folder: no space, or not writable.
final class NativeFailures {
  private NativeFailures() {}

  /// The failure of loading a library, if an exception or one of its causes is that.
  static Optional<Failure> of(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnsatisfiedLinkError || isUninitialised(cause)) {
        TuckercCache cache = TuckercCache.standard();
        return Optional.of(
            new Failure(
                ExitCode.DEVICE,
                "DEV003",
                "a native library cannot be loaded ("
                    + String.valueOf(cause.getMessage()).lines().findFirst().orElse("")
                    + "); "
                    + cache.shortage().orElse("its files are in " + cache.natives())
                    + "; set TUCKERC_CACHE to a writable folder with 250 MB free"));
      }
    }
    return Optional.empty();
  }

  /// Once its library could not be loaded, a binding's class stays unusable.
  private static boolean isUninitialised(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return cause instanceof NoClassDefFoundError
        && (message.contains("org.bytedeco.") || message.contains("org.nd4j."));
  }
}
