package dev.tuckerc.cuda.driver;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The kernels that were put on a stream and are not known to have ended. A fault is reported by
/// whatever call comes next, so these are who may have caused it.
final class PendingKernels {
  private static final int MOST_NAMED = 8;

  private final SequencedMap<String, Long> lastSubmission = new LinkedHashMap<>();
  private long submissions;

  /// A kernel was put on the stream.
  void submitted(String kernel) {
    lastSubmission.putLast(kernel, ++submissions);
  }

  /// Number of kernels put on the stream so far, to be given to [#ended].
  long mark() {
    return submissions;
  }

  /// All that was on the stream at a mark has ended.
  void ended(long mark) {
    lastSubmission.values().removeIf(submission -> submission <= mark);
  }

  /// Who may have caused a fault, such as ` in kernel add`; empty where nobody may.
  String suspects() {
    List<String> names = List.copyOf(lastSubmission.keySet());
    if (names.isEmpty()) {
      return "";
    }
    if (names.size() == 1) {
      return " in kernel " + names.getFirst();
    }
    String some = String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())));
    int more = names.size() - MOST_NAMED;
    return " in one of the kernels " + some + (more > 0 ? " and " + more + " more" : "");
  }
}
