package dev.tuckerc.codegen.select;

import dev.tuckerc.cost.Estimate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Why a kernel is what it is.
///
/// @param template name of the template
/// @param parameters the tuning parameters chosen
/// @param estimate predicted time
/// @param runnerUp the best of the others, where there were any
/// @param considered number of candidates, this one included
/// @param notes what else decided, in sentences
public record Decision(
    String template,
    SequencedMap<String, Long> parameters,
    Estimate estimate,
    Optional<RunnerUp> runnerUp,
    int considered,
    List<String> notes) {

  /// A candidate that was not taken.
  ///
  /// @param reason why it lost
  public record RunnerUp(
      String template, SequencedMap<String, Long> parameters, Estimate estimate, String reason) {
    public RunnerUp {
      parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    }
  }

  public Decision {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    notes = List.copyOf(notes);
  }

  /// The same decision, of which more is known.
  ///
  /// @param more what else decided, in sentences
  public Decision withNotes(List<String> more) {
    List<String> all = new ArrayList<>(notes);
    all.addAll(more);
    return new Decision(template, parameters, estimate, runnerUp, considered, all);
  }

  /// Whether a candidate is the one decided for.
  boolean isOf(Candidate candidate) {
    return candidate.instance().template().name().equals(template)
        && candidate.tuning().equals(parameters);
  }
}
