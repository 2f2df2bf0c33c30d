package dev.tuckerc.emulator.isa;

/// The SIMD video instructions (`vadd4` and its like) on two or four elements of a word.
public final class VideoMath {
  /// What is done with each pair of elements.
  public enum Function {
    ADD,
    SUBTRACT,
    AVERAGE,
    ABSOLUTE_DIFFERENCE,
    MINIMUM,
    MAXIMUM
  }

  private static final Function[] FUNCTIONS = Function.values();
  private static final int FOUR = 8;
  private static final int SIGNED_RESULT = 16;
  private static final int SIGNED_LEFT = 32;
  private static final int SIGNED_RIGHT = 64;
  private static final int SATURATED = 128;
  private static final int ACCUMULATED = 256;

  private VideoMath() {}

  /// Packs what an instruction is into a number for [#video].
  public static int form(
      Function function,
      boolean four,
      boolean signedResult,
      boolean signedLeft,
      boolean signedRight,
      boolean saturated,
      boolean accumulated) {
    return function.ordinal()
        | (four ? FOUR : 0)
        | (signedResult ? SIGNED_RESULT : 0)
        | (signedLeft ? SIGNED_LEFT : 0)
        | (signedRight ? SIGNED_RIGHT : 0)
        | (saturated ? SATURATED : 0)
        | (accumulated ? ACCUMULATED : 0);
  }

  /// Applies a function to all elements; accumulated, the elements of the result are added to `c`.
  public static int video(int a, int b, int c, int form) {
    int bits = (form & FOUR) != 0 ? 8 : 16;
    boolean signedResult = (form & SIGNED_RESULT) != 0;
    int mask = (1 << bits) - 1;
    int packed = 0;
    int sum = c;
    for (int at = 0; at < 32; at += bits) {
      int x = element(a, at, bits, (form & SIGNED_LEFT) != 0);
      int y = element(b, at, bits, (form & SIGNED_RIGHT) != 0);
      int value =
          switch (FUNCTIONS[form & 7]) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            // Halves round away from zero.
            case AVERAGE -> x + y >= 0 ? x + y + 1 >> 1 : x + y >> 1;
            case ABSOLUTE_DIFFERENCE -> Math.abs(x - y);
            case MINIMUM -> Math.min(x, y);
            case MAXIMUM -> Math.max(x, y);
          };
      if ((form & SATURATED) != 0) {
        int least = signedResult ? -(1 << bits - 1) : 0;
        int most = signedResult ? (1 << bits - 1) - 1 : mask;
        value = Math.clamp(value, least, most);
      }
      packed |= (value & mask) << at;
      sum += element(value, 0, bits, signedResult);
    }
    return (form & ACCUMULATED) != 0 ? sum : packed;
  }

  private static int element(int word, int at, int bits, boolean signed) {
    int up = word << 32 - bits - at;
    return signed ? up >> 32 - bits : up >>> 32 - bits;
  }
}
