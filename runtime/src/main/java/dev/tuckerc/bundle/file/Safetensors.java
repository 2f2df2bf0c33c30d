package dev.tuckerc.bundle.file;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The safetensors format (github.com/huggingface/safetensors): the length of a JSON header in 8
/// bytes, little-endian, the header (type, shape and place of each tensor by name), then the
/// tensors' bytes without gaps.
///
/// Tensors are written by falling element size, then by name, and the header is padded with spaces
/// to a multiple of 8: so every tensor is aligned in the file, and the same tensors give the same
/// bytes.
public final class Safetensors {
  private static final long MOST_HEADER_BYTES = 100_000_000;
  private static final int COPY_BYTES = 1 << 20;
  private static final String METADATA = "__metadata__";

  private Safetensors() {}

  /// Writes tensors.
  ///
  /// @param out left open
  public static void write(Map<String, HostTensor> tensors, OutputStream out) throws IOException {
    Map<String, HostTensor> sorted = inFileOrder(tensors);
    ObjectNode header = JsonText.object();
    long at = 0;
    for (var entry : sorted.entrySet()) {
      HostTensor tensor = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey());
      node.put("dtype", tensor.type().name());
      tensor.shape().forEach(node.putArray("shape")::add);
      ArrayNode offsets = node.putArray("data_offsets");
      offsets.add(at);
      at += tensor.data().byteSize();
      offsets.add(at);
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(text);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    out.write(head.array());
    byte[] chunk = new byte[COPY_BYTES];
    for (HostTensor tensor : sorted.values()) {
      MemorySegment data = tensor.data();
      for (long from = 0; from < data.byteSize(); from += chunk.length) {
        int length = (int) Math.min(chunk.length, data.byteSize() - from);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, from, chunk, 0, length);
        out.write(chunk, 0, length);
      }
    }
  }

  private static Map<String, HostTensor> inFileOrder(Map<String, HostTensor> tensors) {
    Map<String, HostTensor> sorted = new LinkedHashMap<>();
    tensors.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, HostTensor> e) -> -e.getValue().type().bytes())
                .thenComparing(Map.Entry::getKey))
        .forEach(e -> sorted.put(e.getKey(), e.getValue()));
    if (sorted.containsKey(METADATA)) {
      throw new IllegalArgumentException("no tensor can be named " + METADATA);
    }
    return sorted;
  }

  /// Reads tensors. They share the memory given.
  ///
  /// @param file name for messages
  /// @param content the whole file
  /// @return by name, sorted
  /// @throws BundleException when anything is not as the format says
  public static Map<String, HostTensor> read(String file, MemorySegment content) {
    if (content.byteSize() < 8) {
      throw BundleException.damaged(file, "it has " + content.byteSize() + " bytes, not even 8");
    }
    long headerBytes =
        content.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    if (headerBytes < 2
        || headerBytes > MOST_HEADER_BYTES
        || headerBytes > content.byteSize() - 8) {
      throw BundleException.damaged(
          file, "a header of " + Long.toUnsignedString(headerBytes) + " bytes does not fit");
    }
    byte[] bytes = content.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
    if (bytes[0] != '{') {
      throw BundleException.damaged(file, "the header does not start with {");
    }
    JsonView header = JsonView.parse(file, Texts.decode(file, bytes));
    MemorySegment data = content.asSlice(8 + headerBytes);
    List<Placed> placed = new ArrayList<>();
    for (String name : header.names()) {
      if (name.equals(METADATA)) {
        JsonView metadata = header.field(name);
        metadata.names().forEach(metadata::text);
      } else {
        placed.add(placed(name, header.field(name)));
      }
    }
    requireTiling(file, placed, data.byteSize());
    Map<String, HostTensor> tensors = new TreeMap<>();
    for (Placed p : placed) {
      tensors.put(p.name, new HostTensor(p.type, p.shape, data.asSlice(p.begin, p.end - p.begin)));
    }
    return tensors;
  }

  private record Placed(String name, ElementType type, List<Long> shape, long begin, long end) {}

  private static Placed placed(String name, JsonView view) {
    view.requireFields("dtype", "shape", "data_offsets");
    ElementType type = ElementTypes.parse(view.field("dtype"));
    List<Long> shape = view.list("shape", JsonView::number);
    List<Long> offsets = view.list("data_offsets", JsonView::number);
    if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(1) < offsets.get(0)) {
      throw view.wrong("has no sound data_offsets");
    }
    long expected = view.build(() -> HostTensor.bytes(type, shape));
    if (offsets.get(1) - offsets.get(0) != expected) {
      throw view.wrong(
          "is " + HostTensor.describe(type, shape) + " and has another number of bytes");
    }
    return new Placed(name, type, shape, offsets.get(0), offsets.get(1));
  }

  /// The tensors must cover the data exactly: no gap, no overlap, nothing left over.
  private static void requireTiling(String file, List<Placed> placed, long dataBytes) {
    long at = 0;
    List<Placed> inOrder = new ArrayList<>(placed);
    inOrder.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
    for (Placed p : inOrder) {
      if (p.begin != at) {
        throw BundleException.damaged(
            file, "tensor " + p.name + " begins at " + p.begin + ", not at " + at);
      }
      at = p.end;
    }
    if (at != dataBytes) {
      throw BundleException.damaged(
          file, "the tensors have " + at + " bytes, the file has " + dataBytes);
    }
  }
}
