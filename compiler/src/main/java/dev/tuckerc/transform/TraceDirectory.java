package dev.tuckerc.transform;

import dev.tuckerc.ir.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;

/// Writes the graph after every pass to `NN-<pass>.ir`.
///
/// @param directory is made when missing
/// @param printer text form of a graph
public record TraceDirectory(Path directory, Function<Graph, String> printer) implements TraceSink {

  /// @throws UncheckedIOException when the file cannot be written
  @Override
  public void accept(int index, String pass, Graph graph) {
    Path file = directory.resolve(String.format(Locale.ROOT, "%02d-%s.ir", index, pass));
    try {
      Files.createDirectories(directory);
      Files.writeString(file, printer.apply(graph));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the trace file " + file, e);
    }
  }
}
