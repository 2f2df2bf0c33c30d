package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.tuckerc.onnx.model.OnnxException.Code;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Tensor data that lies in files beside the model. Only files inside the model's folder are read,
/// symbolic links resolved; they are mapped, not copied.
public final class ExternalData {
  private final Path model;
  private final Map<Path, MemorySegment> mapped = new HashMap<>();

  /// @param model the file that refers to the data
  public ExternalData(Path model) {
    this.model = model;
  }

  /// The bytes of one tensor.
  ///
  /// @param bytes how many the tensor needs
  /// @throws OnnxException when the reference is invalid, leaves the folder, or the file is missing
  ///   or too short
  MemorySegment load(TensorProto proto, long bytes, String what) {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : proto.getExternalDataList()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    String location = entries.getOrDefault("location", "");
    MemorySegment file = map(location, what);
    long offset = number(entries, "offset", 0, what);
    long length = number(entries, "length", bytes, what);
    if (length != bytes) {
      throw new OnnxException(
          Code.ONNX006,
          what + ": external length " + length + " but the tensor needs " + bytes + " bytes");
    }
    if (offset > file.byteSize() || bytes > file.byteSize() - offset) {
      throw new OnnxException(
          Code.ONNX006,
          what
              + ": external data file '"
              + location
              + "' has "
              + file.byteSize()
              + " bytes but the tensor needs "
              + bytes
              + " from offset "
              + offset
              + "; copy the whole file again");
    }
    return file.asSlice(offset, bytes);
  }

  private static long number(Map<String, String> entries, String key, long otherwise, String what) {
    String text = entries.get(key);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below like a negative number.
    }
    throw new OnnxException(
        Code.ONNX006, what + ": external data " + key + " '" + text + "' is no size");
  }

  private MemorySegment map(String location, String what) {
    Path file = resolve(location, what);
    MemorySegment known = mapped.get(file);
    if (known != null) {
      return known;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment segment =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      mapped.put(file, segment);
      return segment;
    } catch (IOException e) {
      throw new OnnxException(
          Code.ONNX006, what + ": cannot read external data file '" + location + "': " + e, e);
    }
  }

  private Path resolve(String location, String what) {
    try {
      Path relative = Path.of(location);
      Path folder = model.toAbsolutePath().normalize().getParent();
      if (location.isEmpty() || relative.isAbsolute() || folder == null) {
        throw outside(location, what);
      }
      Path file = folder.resolve(relative).normalize();
      if (!file.startsWith(folder)) {
        throw outside(location, what);
      }
      if (!Files.isRegularFile(file)) {
        throw new OnnxException(
            Code.ONNX006,
            what
                + ": external data file '"
                + location
                + "' is missing; put it beside the model in "
                + folder);
      }
      // A link may still lead out of the folder.
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw outside(location, what);
      }
      return file;
    } catch (InvalidPathException e) {
      throw outside(location, what);
    } catch (IOException e) {
      throw new OnnxException(
          Code.ONNX006, what + ": cannot read external data file '" + location + "': " + e, e);
    }
  }

  private static OnnxException outside(String location, String what) {
    return new OnnxException(
        Code.ONNX006,
        what
            + ": external data '"
            + location
            + "' is not a relative path inside the model's folder; refused");
  }
}
