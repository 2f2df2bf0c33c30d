package dev.tuckerc.lab.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// NVIDIA's tools: on the `PATH`, or where the CUDA toolkit is usually installed.
public final class CudaTools {
  /// Where [#find] looks, for messages.
  public static final String PLACES = "on the PATH nor in /usr/local/cuda*/bin";

  private CudaTools() {}

  /// A tool such as `compute-sanitizer`.
  public static Optional<Path> find(String name) {
    return ChildProcess.find(name, folders().toArray(Path[]::new));
  }

  private static List<Path> folders() {
    Path parent = Path.of("/usr/local");
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    List<Path> folders = new ArrayList<>();
    try (var found = Files.newDirectoryStream(parent, "cuda*")) {
      for (Path folder : found) {
        folders.add(folder.resolve("bin"));
        folders.add(folder.resolve("compute-sanitizer"));
      }
    } catch (IOException e) {
      return List.of();
    }
    folders.sort(null);
    return folders;
  }
}
