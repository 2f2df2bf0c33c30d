package dev.tuckerc.cli.conformance;

/// What came of one case.
///
/// @param detail one line: the error, the reason, or how close the results are
/// @param seconds time taken
public record Outcome(Status status, String detail, double seconds) {

  /// Kinds of outcome.
  public enum Status {
    /// Every output of every data set agrees.
    PASS,
    /// An output differs, or the case crashed or exceeded its time.
    FAIL,
    /// The model uses something that tuckerc does not support, and says what.
    UNSUPPORTED
  }

  public Outcome {
    detail = detail.lines().map(String::strip).collect(java.util.stream.Collectors.joining(" "));
  }

  /// One line of text, for the pipe between processes.
  String encode() {
    return status + "\t" + seconds + "\t" + detail.replace('\t', ' ');
  }

  /// The outcome of such a line.
  static Outcome decode(String line) {
    String[] parts = line.split("\t", 3);
    return new Outcome(Status.valueOf(parts[0]), parts[2], Double.parseDouble(parts[1]));
  }
}
