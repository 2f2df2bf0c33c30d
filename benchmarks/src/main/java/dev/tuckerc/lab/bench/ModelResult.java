package dev.tuckerc.lab.bench;

import dev.tuckerc.lab.models.ModelCase;

/// A measured model.
///
/// @param launches of one run
/// @param multiplyAdds after the passes
/// @param weightBytes of the bundle
/// @param arenaBytes of the bundle
/// @param predicted time of one run, in microseconds
/// @param graph one run as one graph, sessions with memory of their own taking turns
/// @param resident one session alone
/// @param stream launches submitted one by one
/// @param run host time of whole runs with the copies of inputs and outputs
record ModelResult(
    ModelCase subject,
    int launches,
    long multiplyAdds,
    long weightBytes,
    long arenaBytes,
    double predicted,
    Floor floor,
    Timing graph,
    Timing resident,
    Timing stream,
    Samples run) {

  /// What counts: the median of the rotating graph, in microseconds.
  double measured() {
    return graph.device().median();
  }
}
