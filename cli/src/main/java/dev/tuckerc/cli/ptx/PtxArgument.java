package dev.tuckerc.cli.ptx;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.emulator.KernelSignature.Parameter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An argument of a kernel on the command line: `NAME=VALUE`.
///
/// | VALUE | meaning |
/// |---|---|
/// | `3`, `0x10`, `-2.5` | a number, as the parameter's type wants it |
/// | `FILE.npy` | a buffer with the file's content |
/// | `f32[8,100]` | a buffer that nothing has written |
/// | `f32[800]:zeros`, `:iota`, `:fill=V`, `:random=SEED` | a buffer with this content |
sealed interface PtxArgument {
  Pattern BUFFER = Pattern.compile("([a-z0-9]+)\\[([0-9, ]*)](?::(.+))?");

  /// The name the user gave it.
  String name();

  /// A number.
  ///
  /// @param text as written
  record Scalar(String name, String text) implements PtxArgument {
    /// The number for a parameter.
    KernelArgument argument(Parameter parameter) {
      try {
        return switch (parameter.type()) {
          case "f32" -> new KernelArgument.Float32(Float.parseFloat(text));
          case "f64" ->
              new KernelArgument.Int64(Double.doubleToRawLongBits(Double.parseDouble(text)));
          case "u64", "s64", "b64" -> new KernelArgument.Int64(integer(text, 64));
          case "u32", "s32", "b32" -> new KernelArgument.Int32((int) integer(text, 32));
          default ->
              throw new CliException(
                  Code.CLI001,
                  "--arg "
                      + name
                      + ": parameter "
                      + parameter.name()
                      + " is of type "
                      + parameter.type()
                      + " ("
                      + parameter.bytes()
                      + " bytes), which cannot be given on the command line: use a 32 or 64-bit"
                      + " number or a pointer");
        };
      } catch (NumberFormatException wrong) {
        throw new CliException(
            Code.CLI001,
            "--arg "
                + name
                + ": '"
                + text
                + "' is no "
                + parameter.type()
                + " for parameter "
                + parameter.name(),
            wrong);
      }
    }

    private static long integer(String text, int bits) {
      boolean hexadecimal = text.toLowerCase(Locale.ROOT).startsWith("0x");
      long value =
          hexadecimal ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
      if (bits == 32 && (value < Integer.MIN_VALUE || value > 0xffff_ffffL)) {
        throw new NumberFormatException(text);
      }
      return value;
    }
  }

  /// Device memory.
  ///
  /// @param tensor type and shape, and the content unless it is unwritten
  /// @param written whether the content is uploaded
  record Buffer(String name, Tensor tensor, boolean written) implements PtxArgument {}

  /// Reads one.
  ///
  /// @throws CliException where it is none of the forms
  static PtxArgument parse(String option) {
    int equals = option.indexOf('=');
    if (equals <= 0 || equals == option.length() - 1) {
      throw new CliException(Code.CLI001, "--arg: '" + option + "' is not of the form NAME=VALUE");
    }
    String name = option.substring(0, equals);
    String value = option.substring(equals + 1);
    if (value.endsWith(".npy")) {
      return new Buffer(name, NpyFile.read(Path.of(value)), true);
    }
    Matcher buffer = BUFFER.matcher(value);
    if (!buffer.matches()) {
      return new Scalar(name, value);
    }
    DataType type = type(name, buffer.group(1));
    List<Long> shape = shape(name, buffer.group(2));
    String content = buffer.group(3);
    if (content == null) {
      return new Buffer(name, Tensor.zeros(type, shape), false);
    }
    return new Buffer(name, filled(name, type, shape, content), true);
  }

  private static DataType type(String name, String word) {
    return Arrays.stream(DataType.values())
        .filter(type -> type.text().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                Code.CLI001,
                "--arg "
                    + name
                    + ": '"
                    + word
                    + "' is no element type; there are "
                    + String.join(
                        ", ", Arrays.stream(DataType.values()).map(DataType::text).toList())));
  }

  private static List<Long> shape(String name, String text) {
    try {
      List<Long> shape =
          Arrays.stream(text.split(",", -1)).map(part -> Long.parseLong(part.strip())).toList();
      long elements = shape.stream().reduce(1L, Math::multiplyExact);
      if (elements < 1 || elements > Integer.MAX_VALUE / 8) {
        throw new ArithmeticException();
      }
      return shape;
    } catch (NumberFormatException | ArithmeticException wrong) {
      throw new CliException(
          Code.CLI001,
          "--arg "
              + name
              + ": ["
              + text
              + "] is no shape of 1 to "
              + Integer.MAX_VALUE / 8
              + " elements such as [8,100]",
          wrong);
    }
  }

  private static Tensor filled(String name, DataType type, List<Long> shape, String content) {
    Tensor tensor = Tensor.zeros(type, shape);
    try {
      if (content.equals("zeros")) {
        return tensor;
      }
      if (content.equals("iota")) {
        for (int i = 0; i < tensor.size(); i++) {
          set(tensor, i, i);
        }
        return tensor;
      }
      if (content.startsWith("fill=")) {
        double value = Double.parseDouble(content.substring("fill=".length()));
        for (int i = 0; i < tensor.size(); i++) {
          set(tensor, i, value);
        }
        return tensor;
      }
      if (content.startsWith("random=")) {
        long seed = Long.parseLong(content.substring("random=".length()));
        return RandomTensors.uniform(name, seed, type, shape);
      }
    } catch (NumberFormatException wrong) {
      throw unknownContent(name, content);
    }
    throw unknownContent(name, content);
  }

  private static void set(Tensor tensor, int index, double value) {
    if (tensor.type().isFloat()) {
      tensor.setDouble(index, value);
    } else {
      tensor.setLong(index, (long) value);
    }
  }

  private static CliException unknownContent(String name, String content) {
    return new CliException(
        Code.CLI001,
        "--arg " + name + ": '" + content + "' is none of zeros, iota, fill=VALUE, random=SEED");
  }
}
