package dev.tuckerc.emulator.decode;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

/// Composes a `cvt` of scalar functions: widen, round or clamp, narrow.
final class ConversionChain {
  private ConversionChain() {}

  /// @return functions applied in order; empty where the conversion does not exist
  static List<Method> of(String to, String from, List<String> modifiers) {
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
      if (flush && to.equals("f32")) {
        names.add("flush");
      }
    } else if (fromFloat) {
      names.add("round_" + (integral.isEmpty() ? "rzi" : integral));
      names.add("integer_" + to);
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
