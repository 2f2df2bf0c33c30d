package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.matrix.FragmentMultiply;
import dev.tuckerc.emulator.operations.matrix.FragmentMultiply.Format;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decodes `mma.sync` with operands of 8-bit floats, 4-bit integers, single bits and doubles.
final class FragmentDecoder {
  private static final Set<String> TYPES =
      Set.of(
          "f16", "bf16", "f32", "tf32", "f64", "s32", "s8", "u8", "s4", "u4", "b1", "e4m3", "e5m2");

  private FragmentDecoder() {}

  private static @Nullable Format format(String type) {
    return switch (type) {
      case "e4m3" -> Format.E4M3;
      case "e5m2" -> Format.E5M2;
      case "s4" -> Format.S4;
      case "u4" -> Format.U4;
      case "b1" -> Format.B1;
      case "f64" -> Format.F64;
      default -> null;
    };
  }

  /// Decodes the instruction if its operands are of these types.
  static boolean multiply(InstructionContext in, int rows, int depth) {
    List<String> types = in.modifiers().stream().filter(TYPES::contains).toList();
    if (types.size() != 4) {
      throw in.unsupported();
    }
    Format a = format(types.get(1));
    Format b = format(types.get(2));
    if (a == null || b == null) {
      return false;
    }
    boolean half = types.getFirst().equals("f16");
    if (!exists(a, b, types, rows, depth) || in.has("block_scale")) {
      throw in.unsupported();
    }
    int chunks = depth / (4 * a.packed);
    int accumulators = rows / 8 * (half ? 1 : 2);
    List<Value> left = WarpDecoder.registers(in, in.operand(1), chunks * rows / 8);
    List<Value> right = WarpDecoder.registers(in, in.operand(2), chunks);
    in.emit(
        new FragmentMultiply(
            new FragmentMultiply.Form(rows, depth, a, b, half, in.has("xor"), in.has("satfinite")),
            WarpDecoder.registers(in, in.operand(0), accumulators),
            left,
            right,
            WarpDecoder.registers(in, in.operand(3), accumulators)));
    return true;
  }

  private static boolean exists(Format a, Format b, List<String> types, int rows, int depth) {
    boolean pair =
        switch (a) {
          case E4M3, E5M2 -> b == Format.E4M3 || b == Format.E5M2;
          case S4, U4 -> b == Format.S4 || b == Format.U4;
          case B1, F64 -> a == b;
        };
    String result = types.getFirst();
    boolean sum =
        result.equals(types.get(3))
            && switch (a) {
              case E4M3, E5M2 -> result.equals("f32") || result.equals("f16");
              case S4, U4, B1 -> result.equals("s32");
              case F64 -> result.equals("f64");
            };
    boolean shape =
        switch (a) {
          case E4M3, E5M2 -> rows == 16 && (depth == 16 || depth == 32);
          case S4, U4 -> depth == 32 || rows == 16 && depth == 64;
          case B1 -> depth == 128 || rows == 16 && depth == 256;
          case F64 -> depth == 4 || rows == 16 && (depth == 8 || depth == 16);
        };
    return pair && sum && shape;
  }
}
