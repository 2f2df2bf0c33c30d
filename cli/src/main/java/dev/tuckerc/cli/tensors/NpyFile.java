package dev.tuckerc.cli.tensors;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.data.DataException;
import dev.tuckerc.data.NpyFormat;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;

/// NumPy's array file format, versions 1 to 3.
///
/// bfloat16, which NumPy does not know, is written as float32.
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int ALIGNMENT = 64;

  private NpyFile() {}

  /// Reads an array.
  ///
  /// @throws CliException when the file cannot be read, is damaged, or holds no numbers
  public static Tensor read(Path file) {
    try {
      return NpyFormat.decode(file, FilesIo.readAll(file));
    } catch (DataException e) {
      throw new CliException(Code.CLI005, String.valueOf(e.getMessage()), e);
    }
  }

  /// Writes an array, at once or not at all.
  ///
  /// @throws CliException when the file cannot be written
  public static void write(Path file, Tensor tensor) {
    Tensor stored = tensor.type() == DataType.BF16 ? tensor.convert(DataType.F32) : tensor;
    String shape =
        stored.shape().stream().map(extent -> extent + ",").collect(Collectors.joining(" "));
    if (stored.rank() > 1) {
      shape = shape.substring(0, shape.length() - 1);
    }
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(description(stored.type()), shape);
    int prefix = MAGIC.length + 4;
    int padding = ALIGNMENT - (prefix + header.length() + 1) % ALIGNMENT;
    header = header + " ".repeat(padding % ALIGNMENT) + "\n";
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      out.write(MAGIC);
      out.write(1);
      out.write(0);
      out.write(header.length() & 0xff);
      out.write(header.length() >> 8);
      out.write(header.getBytes(StandardCharsets.ISO_8859_1));
      out.write(stored.data().toArray(ValueLayout.JAVA_BYTE));
      FilesIo.writeAtomically(file, out.toByteArray());
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }

  private static String description(DataType type) {
    return switch (type) {
      case F64 -> "<f8";
      case F32, BF16 -> "<f4";
      case F16 -> "<f2";
      case I64 -> "<i8";
      case I32 -> "<i4";
      case I16 -> "<i2";
      case I8 -> "|i1";
      case U64 -> "<u8";
      case U32 -> "<u4";
      case U16 -> "<u2";
      case U8 -> "|u1";
      case BOOL -> "|b1";
    };
  }
}
