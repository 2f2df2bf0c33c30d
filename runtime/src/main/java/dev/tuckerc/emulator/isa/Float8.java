package dev.tuckerc.emulator.isa;

/// The 8-bit float formats e4m3 (OCP "E4M3": no infinities, NaN is S.1111.111) and e5m2 (OCP
/// "E5M2": IEEE-like), and the conversions of PTX between pairs of them and other formats.
public final class Float8 {
  private Float8() {}

  /// Widens e4m3.
  public static float fromE4m3(int bits) {
    int exponent = bits >>> 3 & 15;
    int mantissa = bits & 7;
    float magnitude;
    if (exponent == 15 && mantissa == 7) {
      return Float.NaN;
    } else if (exponent == 0) {
      magnitude = mantissa * 0x1p-9f;
    } else {
      magnitude = (8 + mantissa) * Math.scalb(1f, exponent - 10);
    }
    return (bits & 0x80) != 0 ? -magnitude : magnitude;
  }

  /// Widens e5m2, which is binary16 without its low byte.
  public static float fromE5m2(int bits) {
    return Float.float16ToFloat((short) (bits << 8));
  }

  /// Rounds to nearest even e4m3; what is too large becomes the largest finite value, as
  /// `.satfinite` (the only form there is) says.
  public static int toE4m3(float value) {
    return round(value, 3, -6, 448f, 0x7e, 0x7f);
  }

  /// Rounds to nearest even e5m2, saturating to the largest finite value.
  public static int toE5m2(float value) {
    return round(value, 2, -14, 57344f, 0x7b, 0x7f);
  }

  private static int round(
      float value, int mantissaBits, int leastExponent, float largest, int most, int nan) {
    if (Float.isNaN(value)) {
      return nan;
    }
    int sign = Float.floatToRawIntBits(value) >>> 31 << 7;
    float magnitude = Math.abs(value);
    if (magnitude >= largest) {
      return sign | most;
    }
    int exponent = Math.max(Math.getExponent(magnitude), leastExponent);
    // In units of the last place: exact, then rounded once.
    double units = Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
    int number = (int) units;
    int field = exponent - leastExponent + 1;
    // A subnormal has no leading one; a carry moves into the exponent by itself.
    int bits = (field << mantissaBits) + number - (1 << mantissaBits);
    return sign | Math.min(bits, most);
  }

  /// Two floats to a pair of e4m3; the first is the high byte.
  public static int cvt_rn_satfinite_e4m3x2_f32(float a, float b) {
    return toE4m3(a) << 8 | toE4m3(b);
  }

  /// The same, negative results made zero.
  public static int cvt_rn_satfinite_relu_e4m3x2_f32(float a, float b) {
    return cvt_rn_satfinite_e4m3x2_f32(relu(a), relu(b));
  }

  /// Two floats to a pair of e5m2.
  public static int cvt_rn_satfinite_e5m2x2_f32(float a, float b) {
    return toE5m2(a) << 8 | toE5m2(b);
  }

  /// The same, negative results made zero.
  public static int cvt_rn_satfinite_relu_e5m2x2_f32(float a, float b) {
    return cvt_rn_satfinite_e5m2x2_f32(relu(a), relu(b));
  }

  /// A pair of halves to a pair of e4m3.
  public static int cvt_rn_satfinite_e4m3x2_f16x2(int a) {
    return cvt_rn_satfinite_e4m3x2_f32(Half.toFloat(a >>> 16), Half.toFloat(a));
  }

  /// The same, negative results made zero.
  public static int cvt_rn_satfinite_relu_e4m3x2_f16x2(int a) {
    return cvt_rn_satfinite_relu_e4m3x2_f32(Half.toFloat(a >>> 16), Half.toFloat(a));
  }

  /// A pair of halves to a pair of e5m2.
  public static int cvt_rn_satfinite_e5m2x2_f16x2(int a) {
    return cvt_rn_satfinite_e5m2x2_f32(Half.toFloat(a >>> 16), Half.toFloat(a));
  }

  /// The same, negative results made zero.
  public static int cvt_rn_satfinite_relu_e5m2x2_f16x2(int a) {
    return cvt_rn_satfinite_relu_e5m2x2_f32(Half.toFloat(a >>> 16), Half.toFloat(a));
  }

  /// A pair of e4m3 to a pair of halves; exact.
  public static int cvt_rn_f16x2_e4m3x2(int a) {
    return half(fromE4m3(a >>> 8)) << 16 | half(fromE4m3(a));
  }

  /// The same, negative results made zero.
  public static int cvt_rn_relu_f16x2_e4m3x2(int a) {
    return half(relu(fromE4m3(a >>> 8))) << 16 | half(relu(fromE4m3(a)));
  }

  /// A pair of e5m2 to a pair of halves; exact.
  public static int cvt_rn_f16x2_e5m2x2(int a) {
    return half(fromE5m2(a >>> 8)) << 16 | half(fromE5m2(a));
  }

  /// The same, negative results made zero.
  public static int cvt_rn_relu_f16x2_e5m2x2(int a) {
    return half(relu(fromE5m2(a >>> 8))) << 16 | half(relu(fromE5m2(a)));
  }

  private static int half(float value) {
    return Float.isNaN(value) ? 0x7fff : Half.fromFloat(value);
  }

  /// Negative values become +0; NaN stays.
  private static float relu(float value) {
    return value > 0 || Float.isNaN(value) ? value : 0f;
  }
}
