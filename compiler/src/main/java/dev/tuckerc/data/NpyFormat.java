package dev.tuckerc.data;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads NumPy's array file format, versions 1 to 3.
public final class NpyFormat {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCRIPTION =
      Pattern.compile("'descr'\\s*:\\s*'([<>|=])([a-z]\\d+|\\?)'");
  private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");

  private NpyFormat() {}

  /// Reads an array from a file.
  ///
  /// @throws DataException when the file cannot be read, is damaged, or holds no numbers
  public static Tensor read(Path file) {
    try {
      return decode(file, Files.readAllBytes(file));
    } catch (IOException | OutOfMemoryError e) {
      String reason =
          e instanceof NoSuchFileException ? "no such file" : e.getClass().getSimpleName();
      throw new DataException(file + ": cannot be read (" + reason + "); check the path", e);
    }
  }

  /// Reads an array from a file's bytes.
  ///
  /// @param file for messages
  /// @throws DataException when they are damaged, or hold no numbers
  public static Tensor decode(Path file, byte[] content) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    for (byte expected : MAGIC) {
      if (!bytes.hasRemaining() || bytes.get() != expected) {
        throw damaged(file, "it does not begin with NumPy's signature");
      }
    }
    String header = header(file, bytes);
    Matcher description = DESCRIPTION.matcher(header);
    Matcher fortran = FORTRAN.matcher(header);
    Matcher extents = SHAPE.matcher(header);
    if (!description.find() || !fortran.find() || !extents.find()) {
      throw damaged(file, "its header is not that of an array of numbers");
    }
    DataType type = type(file, description.group(2));
    List<Long> shape = shape(file, extents.group(1));
    boolean swap = description.group(1).equals(">") && type.bytes() > 1;
    long expected = elements(file, shape) * type.bytes();
    if (bytes.remaining() != expected) {
      throw damaged(
          file, "it holds " + bytes.remaining() + " bytes of data where " + expected + " are due");
    }
    byte[] data = new byte[bytes.remaining()];
    bytes.get(data);
    if (swap) {
      swapBytes(data, type.bytes());
    }
    if (!fortran.group(1).equals("True") || shape.size() < 2) {
      return Tensor.of(type, shape, MemorySegment.ofArray(data));
    }
    List<Long> reversed = new ArrayList<>(shape);
    Collections.reverse(reversed);
    return transposed(Tensor.of(type, reversed, MemorySegment.ofArray(data)), shape);
  }

  private static String header(Path file, ByteBuffer bytes) {
    if (bytes.remaining() < 4) {
      throw damaged(file, "it ends within its header");
    }
    int major = bytes.get();
    bytes.get();
    long length;
    if (major == 1) {
      length = Short.toUnsignedInt(bytes.getShort());
    } else if (major == 2 || major == 3) {
      if (bytes.remaining() < 4) {
        throw damaged(file, "it ends within its header");
      }
      length = Integer.toUnsignedLong(bytes.getInt());
    } else {
      throw damaged(file, "format version " + major + " is unknown");
    }
    if (length > bytes.remaining()) {
      throw damaged(file, "it ends within its header");
    }
    byte[] header = new byte[(int) length];
    bytes.get(header);
    return new String(header, StandardCharsets.UTF_8);
  }

  private static DataType type(Path file, String description) {
    return switch (description) {
      case "f8" -> DataType.F64;
      case "f4" -> DataType.F32;
      case "f2" -> DataType.F16;
      case "i8" -> DataType.I64;
      case "i4" -> DataType.I32;
      case "i2" -> DataType.I16;
      case "i1" -> DataType.I8;
      case "u8" -> DataType.U64;
      case "u4" -> DataType.U32;
      case "u2" -> DataType.U16;
      case "u1" -> DataType.U8;
      case "b1", "?" -> DataType.BOOL;
      default -> throw damaged(file, "element type '" + description + "' is not supported");
    };
  }

  private static List<Long> shape(Path file, String text) {
    List<Long> shape = new ArrayList<>();
    for (String part : text.split(",")) {
      String extent = part.strip();
      if (!extent.isEmpty()) {
        try {
          shape.add(Long.parseUnsignedLong(extent.replace("L", "")));
        } catch (NumberFormatException e) {
          throw damaged(file, "its shape (" + text + ") cannot be read");
        }
      }
    }
    return shape;
  }

  private static long elements(Path file, List<Long> shape) {
    try {
      return Tensor.elementCount(shape);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw damaged(file, "its shape " + shape + " is too large");
    }
  }

  private static void swapBytes(byte[] data, int width) {
    for (int start = 0; start < data.length; start += width) {
      for (int i = 0; i < width / 2; i++) {
        byte kept = data[start + i];
        data[start + i] = data[start + width - 1 - i];
        data[start + width - 1 - i] = kept;
      }
    }
  }

  /// Column-major data of `shape` is row-major data of the reversed shape.
  private static Tensor transposed(Tensor source, List<Long> shape) {
    Tensor result = Tensor.zeros(source.type(), shape);
    int width = source.type().bytes();
    int rank = shape.size();
    long[] strides = new long[rank];
    long stride = 1;
    for (int axis = 0; axis < rank; axis++) {
      strides[axis] = stride;
      stride *= shape.get(axis);
    }
    long[] index = new long[rank];
    for (int i = 0; i < result.size(); i++) {
      long from = 0;
      for (int axis = 0; axis < rank; axis++) {
        from += index[axis] * strides[axis];
      }
      MemorySegment.copy(source.data(), from * width, result.data(), (long) i * width, width);
      for (int axis = rank - 1; axis >= 0 && ++index[axis] == shape.get(axis); axis--) {
        index[axis] = 0;
      }
    }
    return result;
  }

  private static DataException damaged(Path file, String problem) {
    return new DataException(
        file + ": not a usable .npy file: " + problem + "; write it again with numpy.save");
  }
}
