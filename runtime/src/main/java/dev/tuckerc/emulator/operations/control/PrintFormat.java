package dev.tuckerc.emulator.operations.control;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text of one `printf` call, formatted as the C standard says (ISO C 7.21.6.1), as far as CUDA
/// supports it: all of it but `%n` and wide characters.
final class PrintFormat {
  private static final Pattern CONVERSION =
      Pattern.compile(
          "%([-+ #0]*)(\\*|\\d+)?(?:\\.(\\*|\\d*))?(hh|h|ll|l|j|z|t|L)?([diouxXeEfFgGaAcsp%])");

  private final StringBuilder text = new StringBuilder();
  private final Arguments arguments;
  private int offset;
  private int printed;

  /// Where the arguments lie.
  interface Arguments {
    /// An argument's bits.
    ///
    /// @param offset a multiple of its size
    long bits(int offset, int bytes);

    /// A text in the device's memory.
    String text(long address);
  }

  PrintFormat(String format, Arguments arguments) {
    this.arguments = arguments;
    Matcher matcher = CONVERSION.matcher(format);
    int end = 0;
    while (matcher.find()) {
      text.append(format, end, matcher.start());
      convert(matcher);
      end = matcher.end();
    }
    text.append(format, end, format.length());
  }

  String text() {
    return text.toString();
  }

  /// Number of arguments printed.
  int printed() {
    return printed;
  }

  private long next(int bytes) {
    offset = (offset + bytes - 1) & -bytes;
    long bits = arguments.bits(offset, bytes);
    offset += bytes;
    printed++;
    return bits;
  }

  private int number(String digits) {
    return digits.equals("*") ? (int) next(4) : Integer.parseInt(digits);
  }

  private void convert(Matcher matcher) {
    char conversion = matcher.group(5).charAt(0);
    if (conversion == '%') {
      text.append('%');
      return;
    }
    String flags = matcher.group(1);
    int width = matcher.group(2) == null ? 0 : number(matcher.group(2));
    int precision =
        matcher.group(3) == null
            ? -1
            : matcher.group(3).isEmpty() ? 0 : Math.max(-1, number(matcher.group(3)));
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    String size = matcher.group(4) == null ? "" : matcher.group(4);
    String body =
        switch (conversion) {
          case 'd', 'i' -> signed(integer(size, true), flags, precision);
          case 'o', 'u', 'x', 'X' ->
              unsigned(integer(size, false), conversion, flags.contains("#"), precision);
          case 'c' -> String.valueOf((char) (next(4) & 0xff));
          case 's' -> {
            String whole = arguments.text(next(8));
            yield precision >= 0 && precision < whole.length()
                ? whole.substring(0, precision)
                : whole;
          }
          case 'p' -> "0x" + Long.toHexString(next(8));
          default -> real(Double.longBitsToDouble(next(8)), conversion, flags, precision);
        };
    boolean number = "cs".indexOf(conversion) < 0;
    boolean whole = "diouxX".indexOf(conversion) >= 0;
    boolean zeros = number && flags.contains("0") && !(whole && precision >= 0);
    pad(body, width, flags.contains("-"), zeros && Character.digit(lastOf(body), 16) >= 0);
  }

  private static char lastOf(String body) {
    return body.isEmpty() ? ' ' : body.charAt(body.length() - 1);
  }

  private void pad(String body, int width, boolean left, boolean zeros) {
    int missing = Math.max(0, width - body.length());
    if (left) {
      text.append(body).append(" ".repeat(missing));
    } else if (zeros) {
      int sign = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
      boolean hexadecimal = body.startsWith("0x", sign) || body.startsWith("0X", sign);
      int at = hexadecimal ? sign + 2 : sign;
      text.append(body, 0, at).append("0".repeat(missing)).append(body, at, body.length());
    } else {
      text.append(" ".repeat(missing)).append(body);
    }
  }

  private long integer(String size, boolean signed) {
    long bits = size.isEmpty() || size.startsWith("h") ? next(4) : next(8);
    return switch (size) {
      case "hh" -> signed ? (byte) bits : bits & 0xff;
      case "h" -> signed ? (short) bits : bits & 0xffff;
      case "" -> signed ? (int) bits : bits & 0xffff_ffffL;
      default -> bits;
    };
  }

  private static String sign(boolean negative, String flags) {
    return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
  }

  private static String atLeast(String digits, int precision) {
    String given = precision == 0 && digits.equals("0") ? "" : digits;
    return "0".repeat(Math.max(0, precision - given.length())) + given;
  }

  private static String signed(long value, String flags, int precision) {
    String digits = Long.toString(value).replace("-", "");
    return sign(value < 0, flags) + atLeast(digits, precision);
  }

  private static String unsigned(long value, char conversion, boolean marked, int precision) {
    String digits =
        switch (conversion) {
          case 'o' -> Long.toOctalString(value);
          case 'u' -> Long.toUnsignedString(value);
          default -> Long.toHexString(value);
        };
    String padded = atLeast(digits, precision);
    if (marked && conversion == 'o' && !padded.startsWith("0")) {
      padded = "0" + padded;
    }
    if (marked && value != 0 && (conversion == 'x' || conversion == 'X')) {
      padded = "0x" + padded;
    }
    return conversion == 'X' ? padded.toUpperCase(Locale.ROOT) : padded;
  }

  private static String real(double value, char conversion, String flags, int precision) {
    boolean negative = Double.doubleToRawLongBits(value) < 0;
    double size = Math.abs(value);
    int digits = precision < 0 ? 6 : precision;
    String body =
        Double.isNaN(size)
            ? "nan"
            : Double.isInfinite(size)
                ? "inf"
                : switch (Character.toLowerCase(conversion)) {
                  case 'f' -> fixed(size, digits);
                  case 'e' -> scientific(size, digits);
                  case 'g' -> shorter(size, Math.max(1, digits), flags.contains("#"));
                  default -> hexadecimal(size);
                };
    String text = sign(negative, flags) + body;
    return Character.isUpperCase(conversion) ? text.toUpperCase(Locale.ROOT) : text;
  }

  private static String fixed(double size, int digits) {
    return new java.math.BigDecimal(size)
        .setScale(digits, java.math.RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  private static String scientific(double size, int digits) {
    if (size == 0) {
      return fixed(0, digits) + "e+00";
    }
    java.math.BigDecimal rounded =
        new java.math.BigDecimal(size)
            .round(new java.math.MathContext(digits + 1, java.math.RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    return rounded.scaleByPowerOfTen(-exponent).setScale(digits).toPlainString()
        + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// `%g`: fixed where the exponent is small, without trailing zeros.
  private static String shorter(double size, int digits, boolean keepZeros) {
    String wide = scientific(size, digits - 1);
    int exponent = Integer.parseInt(wide.substring(wide.indexOf('e') + 1));
    boolean plain = exponent >= -4 && exponent < digits;
    String mantissa =
        plain ? fixed(size, digits - 1 - exponent) : wide.substring(0, wide.indexOf('e'));
    if (!keepZeros && mantissa.contains(".")) {
      mantissa = mantissa.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    return plain ? mantissa : mantissa + wide.substring(wide.indexOf('e'));
  }

  private static String hexadecimal(double size) {
    String text = Double.toHexString(size).replace(".0p", "p");
    return text.contains("p-") ? text : text.replace("p", "p+");
  }
}
