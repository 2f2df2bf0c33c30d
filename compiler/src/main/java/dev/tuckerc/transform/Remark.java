package dev.tuckerc.transform;

import dev.tuckerc.ir.Location;

/// What a pass has to say of a node: why a rule fired, why it did not, what is to be known.
///
/// @param pass name of the pass
/// @param rule name of the rule, or empty
/// @param location the node
public record Remark(Kind kind, String pass, String rule, Location location, String message) {
  /// Kind of a remark.
  public enum Kind {
    /// A rule rewrote the node.
    APPLIED,
    /// A rule that looks applicable did not rewrite the node; the message says why.
    MISSED,
    /// Something to know.
    NOTE,
    /// Something that may surprise: accuracy or speed at risk.
    WARNING
  }

  @Override
  public String toString() {
    String what = rule.isEmpty() ? pass : pass + "/" + rule;
    String where = location.origins().isEmpty() ? "" : " at " + location;
    return kind + " " + what + where + ": " + message;
  }
}
