package dev.tuckerc.cli.tensors;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Reading and writing of whole files, with errors fit for a user.
public final class FilesIo {
  private FilesIo() {}

  /// Reads a whole file.
  ///
  /// @throws CliException when it cannot be read
  public static byte[] readAll(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException | OutOfMemoryError e) {
      throw unreadable(file, e);
    }
  }

  /// Requires a plain file that can be read.
  ///
  /// @throws CliException when it is not
  public static void requireReadable(Path file) {
    if (!Files.exists(file)) {
      throw new CliException(Code.CLI002, file + ": no such file; check the path");
    }
    if (!Files.isReadable(file)) {
      throw new CliException(Code.CLI002, file + ": permission denied; make it readable");
    }
  }

  /// Writes a file by way of a temporary one beside it, so that it appears whole or not at all.
  /// What is no plain file (a device, a pipe) is written in place.
  ///
  /// @throws CliException when it cannot be written
  public static void writeAtomically(Path file, byte[] content) {
    Path absolute = file.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null || Files.isDirectory(absolute)) {
      throw new CliException(Code.CLI003, file + ": is a folder; name a file to write");
    }
    try {
      if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
        Files.write(absolute, content);
        return;
      }
      Files.createDirectories(parent);
      Path temporary = Files.createTempFile(parent, "." + absolute.getFileName(), ".tmp");
      try {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          var buffer = java.nio.ByteBuffer.wrap(content);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        }
        moveIntoPlace(temporary, absolute);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /// The error for an output that cannot be written.
  public static CliException unwritable(Path file, IOException e) {
    return new CliException(
        Code.CLI003,
        file
            + ": cannot be written ("
            + reason(e)
            + "); check free space and permissions, or name another output",
        e);
  }

  private static CliException unreadable(Path file, Throwable e) {
    return new CliException(
        Code.CLI002, file + ": cannot be read (" + reason(e) + "); check the path", e);
  }

  private static void moveIntoPlace(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String reason(Throwable e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
