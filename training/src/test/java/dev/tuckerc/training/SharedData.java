package dev.tuckerc.training;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The test data beside the project: `shared/data` next to the repository's root, or where the
/// environment variable or system property TUCKERC_SHARED says.
public final class SharedData {
  private SharedData() {}

  /// A folder of the test data; the test is skipped where there is none.
  public static Path folder(String name) {
    Path folder = root().resolve("data").resolve(name);
    assumeTrue(
        Files.isDirectory(folder),
        () -> "no test data at " + folder + "; set TUCKERC_SHARED to run this test");
    return folder;
  }

  private static Path root() {
    String stated =
        Optional.ofNullable(System.getProperty("TUCKERC_SHARED"))
            .or(() -> Optional.ofNullable(System.getenv("TUCKERC_SHARED")))
            .orElse("");
    if (!stated.isEmpty()) {
      return Path.of(stated);
    }
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder.resolveSibling("shared");
  }
}
