package dev.tuckerc.training.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The state of a training run between two steps.
///
/// On disk it is a safetensors file: the length of the header (8 bytes, little-endian), the header
/// in JSON, in which each tensor has type, shape and place and `__metadata__` holds the properties,
/// then the tensors' bytes. The file gets its name when it is whole and on disk, so that a run that
/// is killed leaves the one before.
///
/// @param properties how far the run is, and with which settings it was started
/// @param tensors of type F32, by name
public record Checkpoint(SequencedMap<String, String> properties, Map<String, Tensor> tensors) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String METADATA = "__metadata__";
  private static final long LARGEST_HEADER = 100_000_000;

  /// Writes the file, at once or not at all.
  ///
  /// @throws CheckpointException when it cannot be written
  public void write(Path file) {
    ObjectNode header = JSON.createObjectNode();
    ObjectNode metadata = header.putObject(METADATA);
    properties.forEach(metadata::put);
    long offset = 0;
    List<ByteBuffer> parts = new ArrayList<>();
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      ObjectNode description = header.putObject(entry.getKey());
      description.put("dtype", "F32");
      tensor.shape().forEach(description.putArray("shape")::add);
      long end = offset + tensor.data().byteSize();
      description.putArray("data_offsets").add(offset).add(end);
      offset = end;
      parts.add(bytes(tensor));
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(text.length).flip();
    parts.addFirst(ByteBuffer.wrap(text));
    parts.addFirst(length);
    Path partial = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        for (ByteBuffer part : parts) {
          while (part.hasRemaining()) {
            channel.write(part);
          }
        }
        channel.force(true);
      }
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CheckpointException(
          file + ": the checkpoint cannot be written (" + e + "); check the folder and its space",
          e);
    }
  }

  private static ByteBuffer bytes(Tensor tensor) {
    if (tensor.type() != DataType.F32) {
      throw new IllegalArgumentException("a checkpoint holds no " + tensor.type());
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(tensor.data().byteSize()))
            .order(ByteOrder.LITTLE_ENDIAN);
    MemorySegment.ofBuffer(bytes).copyFrom(tensor.data());
    return bytes;
  }

  /// Reads a file.
  ///
  /// @throws CheckpointException when it cannot be read or is damaged
  public static Checkpoint read(Path file) {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(
          file + ": there is no checkpoint; start the run without --resume", e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read (" + e + "); check its access", e);
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
      long length = bytes.getLong();
      if (length < 2 || length > Math.min(LARGEST_HEADER, bytes.remaining())) {
        throw new CheckpointException(damaged(file));
      }
      byte[] text = new byte[(int) length];
      bytes.get(text);
      JsonNode header = JSON.readTree(text);
      SequencedMap<String, String> properties = new LinkedHashMap<>();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      MemorySegment data = MemorySegment.ofArray(content).asSlice(Long.BYTES + length);
      for (Map.Entry<String, JsonNode> entry : header.properties()) {
        if (entry.getKey().equals(METADATA)) {
          entry
              .getValue()
              .properties()
              .forEach(p -> properties.put(p.getKey(), p.getValue().asText()));
        } else {
          tensors.put(entry.getKey(), tensor(entry.getValue(), data));
        }
      }
      return new Checkpoint(properties, tensors);
    } catch (IOException | RuntimeException e) {
      throw e instanceof CheckpointException known
          ? known
          : new CheckpointException(damaged(file), e);
    }
  }

  private static Tensor tensor(JsonNode description, MemorySegment data) {
    List<Long> shape = new ArrayList<>();
    description.get("shape").forEach(extent -> shape.add(extent.asLong()));
    long from = description.get("data_offsets").get(0).asLong();
    long to = description.get("data_offsets").get(1).asLong();
    return Tensor.of(DataType.F32, shape, data.asSlice(from, to - from));
  }

  private static String damaged(Path file) {
    return file + ": is no whole checkpoint; remove it and start the run without --resume";
  }

  /// A property.
  ///
  /// @throws CheckpointException where there is none: the file is from something else
  public String property(String name) {
    String value = properties.get(name);
    if (value == null) {
      throw new CheckpointException(
          "the checkpoint lacks '" + name + "'; start the run without --resume");
    }
    return value;
  }
}
