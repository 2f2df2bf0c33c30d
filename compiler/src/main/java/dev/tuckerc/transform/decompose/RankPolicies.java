package dev.tuckerc.transform.decompose;

import java.nio.file.Path;

/// Reads rank policies as they are written on the command line.
public final class RankPolicies {
  /// The forms understood.
  public static final String FORMS =
      "none, fixed=FRACTION (as in fixed=0.5), fixed=FILE.json or energy=SHARE (as in energy=0.95)";

  private RankPolicies() {}

  /// The policy of this text: one of [#FORMS].
  ///
  /// @throws RankPolicyException when the text, or the file it names, is not well formed
  public static RankPolicy parse(String text) {
    int equals = text.indexOf('=');
    String kind = equals < 0 ? text : text.substring(0, equals);
    String value = equals < 0 ? "" : text.substring(equals + 1);
    return switch (kind) {
      case "none" -> {
        if (equals >= 0) {
          throw new RankPolicyException("ranks 'none' takes no value, not '" + text + "'");
        }
        yield new NoDecomposition();
      }
      case "fixed" ->
          isNumber(value)
              ? new FractionOfChannels(number(text, value))
              : RanksByLayer.read(file(text, value));
      case "energy" -> new EnergyShare(number(text, value));
      default -> throw new RankPolicyException("unknown ranks '" + text + "'; expected " + FORMS);
    };
  }

  private static Path file(String text, String value) {
    if (value.isBlank()) {
      throw new RankPolicyException("ranks '" + text + "' lack a value; expected " + FORMS);
    }
    return Path.of(value);
  }

  private static double number(String text, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new RankPolicyException(
          "ranks '" + text + "': '" + value + "' is no number; expected " + FORMS);
    }
  }

  private static boolean isNumber(String value) {
    return value.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?");
  }
}
