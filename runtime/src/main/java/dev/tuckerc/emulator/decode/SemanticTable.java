package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.isa.BfloatMath;
import dev.tuckerc.emulator.isa.Conversions;
import dev.tuckerc.emulator.isa.DoubleConversions;
import dev.tuckerc.emulator.isa.DoubleMath;
import dev.tuckerc.emulator.isa.Float8;
import dev.tuckerc.emulator.isa.FloatConversions;
import dev.tuckerc.emulator.isa.FloatMath;
import dev.tuckerc.emulator.isa.FloatPairs;
import dev.tuckerc.emulator.isa.HalfMath;
import dev.tuckerc.emulator.isa.IntegerBits;
import dev.tuckerc.emulator.isa.IntegerConversions;
import dev.tuckerc.emulator.isa.IntegerMath;
import dev.tuckerc.emulator.isa.LongMath;
import dev.tuckerc.emulator.isa.PackedMath;
import dev.tuckerc.emulator.isa.ShortMath;
import dev.tuckerc.emulator.isa.SignedExtrema;
import dev.tuckerc.emulator.isa.VideoMath;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The scalar functions of `isa` by name.
final class SemanticTable {
  private static final Map<String, Method> METHODS = collect();
  private static final List<List<String>> ALIASES =
      List.of(
          List.of("_u32", "_b32"),
          List.of("_s32", "_b32"),
          List.of("_u64", "_b64"),
          List.of("_s64", "_b64"),
          List.of("_u16", "_b16"),
          List.of("_s16", "_b16"));

  private SemanticTable() {}

  private static Map<String, Method> collect() {
    Map<String, Method> methods = new HashMap<>();
    for (Class<?> type :
        List.of(
            IntegerMath.class,
            LongMath.class,
            ShortMath.class,
            IntegerBits.class,
            FloatMath.class,
            DoubleMath.class,
            HalfMath.class,
            BfloatMath.class,
            Conversions.class,
            IntegerConversions.class,
            FloatConversions.class,
            DoubleConversions.class,
            Float8.class,
            FloatPairs.class,
            PackedMath.class,
            SignedExtrema.class,
            VideoMath.class)) {
      for (Method method : type.getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          methods.put(method.getName(), method);
        }
      }
    }
    return Map.copyOf(methods);
  }

  /// The function of an opcode, or null. Signed and unsigned types fall back to the untyped form
  /// where the operation does not distinguish them.
  static @Nullable Method find(String opcode) {
    String name = opcode.toLowerCase(Locale.ROOT).replace('.', '_');
    Method exact = METHODS.get(name);
    if (exact != null) {
      return exact;
    }
    for (List<String> alias : ALIASES) {
      if (name.endsWith(alias.get(0))) {
        String stem = name.substring(0, name.length() - alias.get(0).length());
        return METHODS.get(stem + alias.get(1));
      }
    }
    return null;
  }

  /// The function of this name, which must exist.
  static Method get(String name) {
    Method method = METHODS.get(name);
    if (method == null) {
      throw new IllegalStateException("no semantic function " + name);
    }
    return method;
  }
}
