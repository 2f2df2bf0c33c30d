package dev.tuckerc.linalg;

import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Factorizations as bytes, every number exact: form, error, and for each factor its name, groups,
/// axes, element type, shape and elements.
public final class FactorizationBytes {
  /// More bytes than what is written beside elements.
  private static final int HEADER = 1 << 8;

  /// Bytes copied at a time.
  private static final int BLOCK = 1 << 16;

  private FactorizationBytes() {}

  /// The bytes of a factorization.
  public static byte[] encode(Factorization factorization) {
    long size =
        factorization.factors().stream()
            .mapToLong(factor -> HEADER + factor.weight().data().byteSize())
            .sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(HEADER + size));
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(factorization.form());
      out.writeDouble(factorization.relativeError());
      out.writeInt(factorization.factors().size());
      for (Factor factor : factorization.factors()) {
        out.writeUTF(factor.part());
        out.writeLong(factor.groups());
        out.writeInt(factor.axes().size());
        for (int axis : factor.axes()) {
          out.writeInt(axis);
        }
        out.writeUTF(factor.weight().type().name());
        out.writeInt(factor.weight().rank());
        for (long extent : factor.weight().shape()) {
          out.writeLong(extent);
        }
        write(factor.weight().data(), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void write(MemorySegment data, DataOutputStream out) throws IOException {
    byte[] block = new byte[(int) Math.min(data.byteSize(), BLOCK)];
    for (long at = 0; at < data.byteSize(); at += block.length) {
      int length = (int) Math.min(block.length, data.byteSize() - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, block, 0, length);
      out.write(block, 0, length);
    }
  }

  /// The factorization of bytes that [#encode] made.
  ///
  /// @throws IllegalArgumentException when they are of another kind
  public static Factorization decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String form = in.readUTF();
      double error = in.readDouble();
      List<Factor> factors = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        factors.add(factor(in));
      }
      return new Factorization(form, factors, error);
    } catch (IOException e) {
      throw new IllegalArgumentException("no factorization: " + e.getMessage(), e);
    }
  }

  private static Factor factor(DataInputStream in) throws IOException {
    String part = in.readUTF();
    long groups = in.readLong();
    List<Integer> axes = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      axes.add(in.readInt());
    }
    DataType type = DataType.valueOf(in.readUTF());
    List<Long> shape = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      shape.add(in.readLong());
    }
    byte[] data = in.readNBytes(Tensor.elementCount(shape) * type.bytes());
    return new Factor(part, Tensor.of(type, shape, MemorySegment.ofArray(data)), groups, axes);
  }
}
