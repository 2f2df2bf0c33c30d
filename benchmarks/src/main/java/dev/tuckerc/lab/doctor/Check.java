package dev.tuckerc.lab.doctor;

import dev.tuckerc.cli.console.Failure;

/// One line of the doctor's report.
///
/// @param name what was looked at
/// @param good whether it is there and usable
/// @param needed whether the laboratory is of no use without
/// @param text what was found, or what is missing
record Check(String name, boolean good, boolean needed, String text) {

  /// Looks at something and says what it found; an exception says why it is not usable.
  interface Probe {
    String run() throws Exception;
  }

  /// Something the laboratory cannot do without.
  static Check needed(String name, Probe probe) {
    return of(name, true, probe);
  }

  /// Something that is good to have.
  static Check useful(String name, Probe probe) {
    return of(name, false, probe);
  }

  /// A fact.
  static Check fact(String name, String text) {
    return new Check(name, true, false, text);
  }

  /// Something useful that is not there.
  static Check missing(String name, String text) {
    return new Check(name, false, false, text);
  }

  /// What the report's first column shows.
  String mark() {
    return good ? "ok" : needed ? "BAD" : "-";
  }

  private static Check of(String name, boolean needed, Probe probe) {
    try {
      return new Check(name, true, needed, probe.run());
    } catch (Exception | LinkageError e) {
      return new Check(name, false, needed, Failure.of(e).message());
    }
  }
}
