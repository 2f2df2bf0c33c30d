package dev.tuckerc.ptx;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.ptx.PtxOperand.Immediate;
import dev.tuckerc.ptx.PtxOperand.Immediate.Form;
import java.math.BigInteger;
import java.util.Locale;

/// PTX number literals.
final class Numbers {
  private Numbers() {}

  static Immediate parse(String text, boolean negative) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("0f")) {
      int bits = (int) unsigned(lower.substring(2), 16, text);
      return new Immediate((negative ? bits ^ 0x8000_0000 : bits) & 0xffff_ffffL, Form.FLOAT32);
    }
    if (lower.startsWith("0d")) {
      long bits = unsigned(lower.substring(2), 16, text);
      return new Immediate(negative ? bits ^ Long.MIN_VALUE : bits, Form.FLOAT64);
    }
    boolean hexadecimal = lower.startsWith("0x");
    if (!hexadecimal && (lower.contains(".") || lower.contains("e"))) {
      double value = Double.parseDouble(lower);
      return new Immediate(Double.doubleToRawLongBits(negative ? -value : value), Form.FLOAT64);
    }
    long value = integer(text);
    return new Immediate(negative ? -value : value, Form.INTEGER);
  }

  static long integer(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.endsWith("u")) {
      lower = lower.substring(0, lower.length() - 1);
    }
    if (lower.startsWith("0x")) {
      return unsigned(lower.substring(2), 16, text);
    }
    if (lower.startsWith("0b")) {
      return unsigned(lower.substring(2), 2, text);
    }
    if (lower.length() > 1 && lower.startsWith("0")) {
      return unsigned(lower, 8, text);
    }
    return unsigned(lower, 10, text);
  }

  private static long unsigned(String digits, int radix, String text) {
    BigInteger value;
    try {
      value = new BigInteger(digits, radix);
    } catch (NumberFormatException malformed) {
      throw new DeviceException("malformed number " + text + " in PTX", malformed);
    }
    if (value.bitLength() > 64) {
      throw new DeviceException("number " + text + " in PTX does not fit in 64 bits");
    }
    return value.longValue();
  }
}
