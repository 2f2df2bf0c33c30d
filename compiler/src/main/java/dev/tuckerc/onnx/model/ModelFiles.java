package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import dev.tuckerc.onnx.model.OnnxException.Code;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Protobuf files on disk.
public final class ModelFiles {
  /// Protobuf messages, and Java arrays, end below 2 GiB.
  private static final long LARGEST = Integer.MAX_VALUE - 64L;

  /// Bytes from which on a file is mapped.
  private static final long MAPPED = 1 << 24;

  private ModelFiles() {}

  /// Reads a model.
  ///
  /// @throws OnnxException when the file cannot be read or is no model
  public static ModelProto readModel(Path file) {
    ByteString bytes = readAll(file);
    if (bytes.isEmpty()) {
      throw new OnnxException(
          Code.ONNX002, file + ": the file is empty; export or download the model again");
    }
    ModelProto model;
    try {
      model = ModelProto.parseFrom(OnnxTensors.aliasing(bytes));
    } catch (IOException e) {
      throw new OnnxException(
          Code.ONNX003,
          file
              + (isText(bytes)
                  ? ": this is a text file, not an ONNX model; give a .onnx file"
                  : ": truncated or not an ONNX model; export or download it again"),
          e);
    }
    if (!model.hasGraph()) {
      throw new OnnxException(
          isText(bytes) ? Code.ONNX003 : Code.ONNX004,
          file + ": not an ONNX model (it holds no graph); give a .onnx file");
    }
    return model;
  }

  /// The bytes of a file. Those of a large one are mapped, so that weights take no memory of their
  /// own until they are changed.
  static ByteString readAll(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new OnnxException(Code.ONNX001, file + ": is a folder; give a file");
      }
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new OnnxException(
            Code.ONNX014,
            file + ": " + size + " bytes exceed the 2 GB of protobuf; save with external data");
      }
      if (size < MAPPED || !Files.isRegularFile(file)) {
        return UnsafeByteOperations.unsafeWrap(Files.readAllBytes(file));
      }
      try (FileChannel channel = FileChannel.open(file)) {
        return UnsafeByteOperations.unsafeWrap(channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
      }
    } catch (NoSuchFileException e) {
      throw new OnnxException(Code.ONNX001, file + ": no such file", e);
    } catch (IOException e) {
      throw new OnnxException(Code.ONNX001, file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /// Writes a message to a temporary file beside the target, then renames it.
  ///
  /// @throws OnnxException when the file cannot be written; nothing is left behind then
  public static void writeAtomically(Path file, MessageLite message) {
    Path target = file.toAbsolutePath();
    try {
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        // A device or a pipe must not be replaced by a file; a folder is refused here.
        try (OutputStream out = Files.newOutputStream(target)) {
          message.writeTo(out);
        }
        return;
      }
      Path temporary =
          target.resolveSibling(
              "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
      try {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary))) {
          message.writeTo(out);
        }
        move(temporary, target);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new OnnxException(
          Code.ONNX001,
          file
              + ": cannot be written ("
              + reason(e)
              + "); check that its folder exists and has room",
          e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such folder";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static boolean isText(ByteString bytes) {
    for (byte b : bytes.substring(0, Math.min(bytes.size(), 512)).toByteArray()) {
      boolean printable = b >= ' ' && b != 127 || b == '\n' || b == '\r' || b == '\t' || b < 0;
      if (!printable) {
        return false;
      }
    }
    return true;
  }
}
