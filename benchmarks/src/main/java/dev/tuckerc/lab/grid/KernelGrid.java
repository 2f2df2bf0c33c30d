package dev.tuckerc.lab.grid;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// All kernel cases.
public final class KernelGrid {
  private static final List<KernelCase> ALL = collect();

  private KernelGrid() {}

  /// Every case, by name in no particular order; names are distinct.
  public static List<KernelCase> all() {
    return ALL;
  }

  /// The case of this name.
  ///
  /// @throws IllegalArgumentException when there is none
  public static KernelCase named(String name) {
    return ALL.stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no kernel case '" + name + "'"));
  }

  /// The cases whose name matches a pattern such as `gemm.*` or `tdc.core/f16/*`, the cheapest
  /// first.
  ///
  /// @param glob `*` stands for any characters, `?` for one
  /// @param quick whether only the small subset is looked at
  public static List<KernelCase> matching(String glob, boolean quick) {
    Pattern pattern = pattern(glob);
    return ALL.stream()
        .filter(c -> !quick || c.quick())
        .filter(c -> pattern.matcher(c.name()).matches())
        .sorted(Comparator.comparingLong(KernelCase::work))
        .toList();
  }

  /// The regular expression of a pattern.
  public static Pattern pattern(String glob) {
    StringBuilder expression = new StringBuilder();
    for (char c : glob.toCharArray()) {
      switch (c) {
        case '*' -> expression.append(".*");
        case '?' -> expression.append('.');
        default -> expression.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(expression.toString());
  }

  private static List<KernelCase> collect() {
    List<KernelCase> all = new ArrayList<>();
    Stream.of(ProductCases.all(), ElementwiseCases.all(), MovementCases.all(), TdcLayers.all())
        .forEach(all::addAll);
    Set<String> names = new HashSet<>();
    for (KernelCase one : all) {
      if (!names.add(one.name())) {
        throw new IllegalStateException("two kernel cases are called " + one.name());
      }
    }
    return List.copyOf(all);
  }
}
