package dev.tuckerc.lab.bench;

import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.run.CompiledProgram;
import java.util.List;
import java.util.Optional;

/// A measured kernel case.
///
/// @param multiplyAdds of its operations
/// @param candidates measured, the best-predicted first; at least one
record KernelResult(KernelCase subject, long multiplyAdds, List<Candidate> candidates) {
  KernelResult {
    candidates = List.copyOf(candidates);
  }

  /// One parameter setting of the varied kernel.
  ///
  /// @param rank place in the order of predicted times, from 0
  /// @param varied result of the kernel whose parameters differ between candidates
  /// @param predicted time of one run of the whole case, in microseconds
  /// @param graph runs as one graph, rotating over copies of the memory
  /// @param resident the same on one copy, so that data stays in the second-level cache
  /// @param stream runs submitted launch by launch, rotating
  record Candidate(
      int rank,
      CompiledProgram program,
      Value varied,
      double predicted,
      Floor floor,
      Timing graph,
      Timing resident,
      Timing stream) {

    /// What counts: the median of the rotating graph, in microseconds.
    double measured() {
      return graph.device().median();
    }

    /// Why the varied kernel is what it is.
    Decision decision() {
      for (Launch launch : program.program().launches()) {
        if (launch.arguments().getLast() instanceof Argument.Activation(Value result)
            && result == varied) {
          return launch.kernel().decision();
        }
      }
      throw new IllegalStateException("no launch computes " + varied);
    }
  }

  /// The candidate that the performance model takes.
  Candidate chosen() {
    return candidates.getFirst();
  }

  /// What the model's choice costs against the best of those measured; empty where only one was.
  Optional<Regret> regret() {
    return candidates.size() < 2
        ? Optional.empty()
        : Optional.of(Regret.of(candidates.stream().map(Candidate::measured).toList()));
  }
}
