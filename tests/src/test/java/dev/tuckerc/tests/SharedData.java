package dev.tuckerc.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The test data that lies beside a checkout, or where the environment variable or system property
/// `TUCKERC_SHARED` says.
public final class SharedData {
  private SharedData() {}

  /// A file or folder of the data; the calling test is skipped, with the reason, where there is
  /// none.
  public static Path require(String path) {
    Path root =
        Optional.ofNullable(System.getProperty("TUCKERC_SHARED"))
            .or(() -> Optional.ofNullable(System.getenv("TUCKERC_SHARED")))
            .map(Path::of)
            .orElseGet(() -> Path.of("").toAbsolutePath().getParent().resolveSibling("shared"));
    Path file = root.resolve("data").resolve(path);
    assumeTrue(
        Files.exists(file),
        () -> "no test data at " + file + "; set TUCKERC_SHARED to run this test");
    return file;
  }
}
