package dev.tuckerc.cli.tensors;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
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

  /// Whether a path is meant as a bundle: a folder or a zip, which no ONNX model is. What is wrong
  /// with a damaged one is then told by the bundle's reader.
  public static boolean isBundle(Path path) {
    if (Files.isDirectory(path)) {
      return true;
    }
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(4);
      return start.length == 4
          && start[0] == 'P'
          && start[1] == 'K'
          && start[2] == 3
          && start[3] == 4;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /// Makes a folder where there is none, before work whose results go there.
  ///
  /// @throws CliException when it cannot be made
  public static void createFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new CliException(
          Code.CLI003, folder + ": is a file, not a folder; name another folder", e);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    if (!Files.isWritable(folder)) {
      throw new CliException(
          Code.CLI003,
          folder + ": is not writable; change its permissions, or name another folder");
    }
  }

  /// Requires that a file can be written, before the work whose result it is to hold.
  ///
  /// @throws CliException when its folder is missing or not writable, or it is a folder itself
  public static void requireWritable(Path file) {
    Path absolute = file.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null || Files.isDirectory(absolute)) {
      throw new CliException(Code.CLI003, file + ": is a folder; name a file to write");
    }
    if (!Files.isDirectory(parent)) {
      throw new CliException(
          Code.CLI003, file + ": there is no folder " + parent + "; make it, or name another file");
    }
    // What is no plain file (a device, a pipe) is written in place.
    boolean inPlace = Files.exists(absolute) && !Files.isRegularFile(absolute);
    if (!Files.isWritable(inPlace ? absolute : parent)) {
      throw new CliException(
          Code.CLI003,
          file
              + ": cannot be written (permission denied); check the permissions of its folder, or"
              + " name another file");
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
      // Not Files.createTempFile, whose files only their owner may read.
      Path temporary =
          parent.resolve(
              "." + absolute.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
      try {
        try (FileChannel channel =
            FileChannel.open(
                temporary,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
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

  /// Why a file cannot be read or written, in words.
  public static String reason(Throwable e) {
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
