package dev.tuckerc.transform.ranks;

import java.nio.file.Path;

/// Reads rank policies as they are written on the command line.
public final class RankPolicies {
  /// The forms understood.
  public static final String FORMS =
      "none, latency, fixed=FRACTION (as in fixed=0.5), fixed=FILE.json, energy=SHARE (as in"
          + " energy=0.95), vbmf, tdc, flops=SHARE (as in flops=0.5) or haloc-grid=MULTIPLE (as"
          + " in haloc-grid=16)";

  private RankPolicies() {}

  /// The policy of this text: one of [#FORMS].
  ///
  /// @throws RankPolicyException when the text, or the file it names, is not well formed
  public static RankPolicy parse(String text) {
    int equals = text.indexOf('=');
    String kind = equals < 0 ? text : text.substring(0, equals);
    String value = equals < 0 ? "" : text.substring(equals + 1);
    return switch (kind) {
      case "none" -> withoutValue(text, new NoDecomposition());
      case "latency" -> withoutValue(text, new LatencyRanks());
      case "vbmf" -> withoutValue(text, new VariationalRanks());
      case TdcRanks.NAME -> withoutValue(text, new TdcRanks());
      case "flops" -> new ShareOfMultiplyAccumulates(number(text, value));
      case "haloc-grid" -> new EqualRanks(integer(text, value));
      case "fixed" ->
          isNumber(value)
              ? new FractionOfChannels(number(text, value))
              : RanksByLayer.read(file(text, value));
      case "energy" -> new EnergyShare(number(text, value));
      default -> throw new RankPolicyException("unknown ranks '" + text + "'; expected " + FORMS);
    };
  }

  private static RankPolicy withoutValue(String text, RankPolicy policy) {
    if (text.indexOf('=') >= 0) {
      throw new RankPolicyException(
          "ranks '" + policy.text() + "' takes no value, not '" + text + "'");
    }
    return policy;
  }

  private static int integer(String text, String value) {
    if (!value.matches("[1-9][0-9]{0,5}")) {
      throw new RankPolicyException(
          "ranks '" + text + "': '" + value + "' is no positive integer; expected " + FORMS);
    }
    return Integer.parseInt(value);
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
