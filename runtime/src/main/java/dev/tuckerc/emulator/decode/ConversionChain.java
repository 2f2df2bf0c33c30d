package dev.tuckerc.emulator.decode;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Composes a `cvt` of scalar functions: widen, round or clamp, narrow.
final class ConversionChain {
  private ConversionChain() {}

  private static final Set<String> MODIFIERS =
      Set.of(
          "rn",
          "rz",
          "rm",
          "rp",
          "rni",
          "rzi",
          "rmi",
          "rpi",
          "ftz",
          "sat",
          "relu",
          "satfinite",
          "s8",
          "u8",
          "s16",
          "u16",
          "s32",
          "u32",
          "s64",
          "u64",
          "f16",
          "bf16",
          "f32",
          "f64");

  /// Conversions of two floats to a packed pair, and of one to tf32.
  ///
  /// @return functions applied in order; empty where it is another conversion
  static List<Method> ofFloats(List<String> modifiers) {
    String to = modifiers.size() < 2 ? "" : modifiers.get(modifiers.size() - 2);
    if (!modifiers.getLast().equals("f32") || !Set.of("f16x2", "bf16x2", "tf32").contains(to)) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    names.add("cvt_" + modifiers.getFirst() + "_" + to + "_f32");
    List<String> more = modifiers.subList(1, modifiers.size() - 2);
    if (more.contains("relu")) {
      names.add("relu_" + to);
    }
    if (more.contains("satfinite")) {
      names.add("satfinite_" + to);
    }
    return more.size() == names.size() - 1 ? methods(names) : List.of();
  }

  /// @return functions applied in order; empty where the conversion does not exist
  static List<Method> of(String to, String from, List<String> modifiers) {
    if (!MODIFIERS.containsAll(modifiers)) {
      return List.of();
    }
    boolean fromFloat = from.startsWith("f") || from.startsWith("bf");
    boolean toFloat = to.startsWith("f") || to.startsWith("bf");
    boolean saturate = modifiers.contains("sat");
    boolean flush = modifiers.contains("ftz");
    String rounding =
        modifiers.stream()
            .filter(List.of("rn", "rz", "rm", "rp")::contains)
            .findFirst()
            .orElse("rn");
    String integral =
        modifiers.stream()
            .filter(List.of("rni", "rzi", "rmi", "rpi")::contains)
            .findFirst()
            .orElse("");
    List<String> names = new ArrayList<>();
    if (flush && from.equals("f32")) {
      names.add("flush");
    }
    names.add("from_" + from);
    if (fromFloat && toFloat) {
      if (!integral.isEmpty()) {
        names.add("round_" + integral);
      }
      if (modifiers.contains("relu")) {
        names.add("relu");
      }
      if (saturate) {
        names.add("saturate_f64");
      }
      names.add(to + "_" + (to.equals("f64") ? "rn" : rounding));
      if (modifiers.contains("satfinite")) {
        names.add("satfinite_" + to);
      }
      if (flush && to.equals("f32")) {
        names.add("flush");
      }
    } else if (fromFloat) {
      names.add("round_" + (integral.isEmpty() ? "rzi" : integral));
      names.add("integer_" + (from.equals("f64") && !to.endsWith("64") ? "nan_" : "") + to);
      names.add("wrap_" + to);
    } else if (toFloat) {
      String sign = from.startsWith("u") ? "unsigned" : "signed";
      if (to.equals("f32") || to.equals("f64")) {
        names.add(sign + "_to_" + to + "_" + rounding);
      } else {
        names.add(sign + "_to_f64_rn");
        names.add(to + "_" + rounding);
      }
    } else {
      if (saturate) {
        names.add("clamp_" + (from.startsWith("u") ? "unsigned" : "signed") + "_to_" + to);
      }
      names.add("wrap_" + to);
    }
    return methods(names);
  }

  private static List<Method> methods(List<String> names) {
    List<Method> chain = new ArrayList<>();
    for (String name : names) {
      Method method = SemanticTable.find(name);
      if (method == null) {
        return List.of();
      }
      chain.add(method);
    }
    return chain;
  }
}
