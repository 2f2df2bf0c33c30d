package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.training.finetune.EpochRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The epochs of a run as lines of JSON in a file.
///
/// A run that is resumed goes on in the same file; lines of epochs that it repeats are replaced.
final class EpochLog {
  private final Optional<Path> file;
  private boolean begun;

  /// @param resume whether lines that are there are those of this run
  EpochLog(Optional<Path> file, boolean resume) {
    this.file = file;
    this.begun = resume;
  }

  void add(EpochRecord epoch) {
    if (file.isEmpty()) {
      return;
    }
    Path path = file.get();
    try {
      List<String> lines = new ArrayList<>();
      if (begun && Files.exists(path)) {
        List<String> before = Files.readAllLines(path);
        lines.addAll(before.subList(0, Math.min(epoch.epoch() - 1, before.size())));
      }
      lines.add(epoch.toJson());
      Files.write(
          path,
          lines,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
      begun = true;
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, path + ": cannot be written (" + e + "); name another file with --log", e);
    }
  }
}
