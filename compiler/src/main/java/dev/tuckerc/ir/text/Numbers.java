package dev.tuckerc.ir.text;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Numbers of the text form: the shortest decimals that give back the same bits.
final class Numbers {
  private Numbers() {}

  /// A real number; `inf`, `-inf` and `nan` are words.
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return Double.toString(value);
  }

  /// An integer of this type, or `true` or `false`.
  static String integer(DataType type, long value) {
    return switch (type) {
      case BOOL -> value != 0 ? "true" : "false";
      case U64 -> Long.toUnsignedString(value);
      default -> Long.toString(value);
    };
  }

  /// An element of a tensor.
  static String element(Tensor tensor, int index) {
    if (!tensor.type().isFloat()) {
      return integer(tensor.type(), tensor.getLong(index));
    }
    double value = tensor.getDouble(index);
    return tensor.type() == DataType.F64 || Double.isNaN(value) || Double.isInfinite(value)
        ? real(value)
        : Float.toString((float) value);
  }

  /// @throws NumberFormatException when it is no real number
  static double parseReal(String text) {
    return switch (text) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(digits(text));
    };
  }

  /// @throws NumberFormatException when it is no number of the type
  static long parseInteger(DataType type, String text) {
    long value =
        switch (type) {
          case BOOL ->
              switch (text) {
                case "true" -> 1;
                case "false" -> 0;
                default -> throw new NumberFormatException("'" + text + "' is no bool");
              };
          case U64 -> Long.parseUnsignedLong(text);
          default -> Long.parseLong(text);
        };
    Tensor element = Tensor.zeros(type, List.of());
    element.setLong(0, value);
    if (element.getLong(0) != value) {
      throw new NumberFormatException("'" + text + "' does not fit " + type);
    }
    return value;
  }

  /// Stores the element that this text stands for.
  ///
  /// @throws NumberFormatException when it is no number of the tensor's type
  static void parseElement(Tensor tensor, int index, String text) {
    if (!tensor.type().isFloat()) {
      tensor.setLong(index, parseInteger(tensor.type(), text));
    } else if (tensor.type() == DataType.F32 && Character.isDigit(text.charAt(text.length() - 1))) {
      tensor.setDouble(index, Float.parseFloat(digits(text)));
    } else {
      tensor.setDouble(index, parseReal(text));
    }
  }

  /// Java's parsers also take `1d`, `NaN` and the like, which are no numbers here.
  private static String digits(String text) {
    if (!text.chars().allMatch(c -> c >= '0' && c <= '9' || "+-.eE".indexOf(c) >= 0)) {
      throw new NumberFormatException("'" + text + "' is no number");
    }
    return text;
  }
}
