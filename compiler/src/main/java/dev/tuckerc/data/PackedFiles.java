package dev.tuckerc.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/// Files that may lie packed: `name`, `name.gz` or `name.xz`.
final class PackedFiles {
  private PackedFiles() {}

  /// The file of this name in a folder, in whichever form it is there.
  static Optional<Path> find(Path folder, String name) {
    return List.of(name, name + ".gz", name + ".xz").stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /// Its content, unpacked.
  static InputStream open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      String name = file.toString();
      return name.endsWith(".gz")
          ? new GZIPInputStream(raw, 1 << 16)
          : name.endsWith(".xz") ? new XZInputStream(raw) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /// @throws DataException when there is no such folder
  static void requireFolder(String source, Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(source + ": " + folder + " is no folder; check the path");
    }
  }

  static DataException unreadable(String source, Path file, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new DataException(
        source + ": " + file + " cannot be read (" + reason + "); fetch it again", e);
  }
}
