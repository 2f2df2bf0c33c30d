package dev.tuckerc.lab.calibrate.micro;

import java.util.List;
import java.util.Optional;

/// One microbenchmark: kernels, a check of what they compute, and measurements of what they cost.
public interface Microbenchmark {

  /// Short name, such as `grid-barrier`.
  String name();

  /// What it measures and how the times are taken, one or two sentences.
  String method();

  /// Why this target cannot run it; empty where it can.
  default Optional<String> obstacle(Target target) {
    return Optional.empty();
  }

  /// All kernels that it launches on this target.
  List<Microkernel> kernels(Target target);

  /// Runs every kernel on a small problem and compares what it computes with what is right. The
  /// kernels are prepared.
  ///
  /// @throws WrongResultException naming the value that is wrong
  void check(Workbench bench);

  /// Measures. The kernels are prepared and were checked.
  ///
  /// @param probe takes the samples within the time there is, and receives figures
  void measure(Workbench bench, Probe probe);

  /// The obstacle of a target below this capability.
  static Optional<String> below(Target target, int capability, String what) {
    return target.capability() >= capability
        ? Optional.empty()
        : Optional.of(
            what + " needs sm_" + capability + " or later, this is " + target.architecture());
  }
}
