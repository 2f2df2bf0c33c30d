package dev.tuckerc.codegen.select;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.PerformanceModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The candidate the performance model likes best, and why.
public record Selection(Candidate chosen, Decision decision) {

  private static final Logger LOG = LoggerFactory.getLogger(Selection.class);

  private record Rated(Candidate candidate, Estimate estimate) {}

  /// Differences of predicted times that mean nothing, in microseconds.
  private static final double EQUAL = 1e-6;

  /// Picks the candidate of least predicted time; of equal ones, as where device memory decides,
  /// the one that does least beside; of equal ones still, the first.
  public static Selection best(
      List<Candidate> candidates, PerformanceModel model, LoweringContext context) {
    return selection(rated(candidates, model, context), 0, candidates.size());
  }

  /// The candidate of a decision made before, which is not weighed again unless another has the
  /// same parameters.
  ///
  /// @return empty when there is none
  private static Optional<Selection> of(
      Decision decision, List<Candidate> candidates, LoweringContext context) {
    List<Candidate> same = candidates.stream().filter(decision::isOf).toList();
    return switch (same.size()) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(new Selection(same.getFirst(), decision));
      default ->
          Optional.of(
              new Selection(
                  rated(same, context.model(), context).getFirst().candidate(), decision));
    };
  }

  /// As [#best(List, PerformanceModel, LoweringContext)] for an operation whose choice depends on
  /// nothing but a question, which may have been answered before.
  ///
  /// @param candidates makes the candidates for a context
  public static Selection best(
      String question,
      Predictions known,
      Function<LoweringContext, List<Candidate>> candidates,
      LoweringContext context) {
    Optional<Selection> before =
        known
            .decision(question)
            .flatMap(decision -> of(decision, candidates.apply(context.only(decision)), context));
    if (before.isPresent()) {
      return before.get();
    }
    LOG.debug("weighing the kernels of {}", context.node());
    Selection made = best(candidates.apply(context), context.model(), context);
    known.keep(question, made.decision());
    return made;
  }

  /// All candidates that fit the device, by predicted time; at least one.
  ///
  /// @throws CodegenException when none fits
  public static List<Selection> ranked(
      List<Candidate> candidates, PerformanceModel model, LoweringContext context) {
    List<Rated> rated = rated(candidates, model, context);
    return IntStream.range(0, rated.size())
        .mapToObj(i -> selection(rated, i, candidates.size()))
        .toList();
  }

  private static List<Rated> rated(
      List<Candidate> candidates, PerformanceModel model, LoweringContext context) {
    List<Rated> rated = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (model.occupancy(candidate.work()) > 0) {
        rated.add(new Rated(candidate, model.estimate(candidate.work())));
      }
    }
    if (rated.isEmpty()) {
      throw context.refused(
          candidates.isEmpty()
              ? "no kernel parameters fit this shape"
              : "none of "
                  + candidates.size()
                  + " kernel candidates fits "
                  + model.device().name());
    }
    rated.sort(
        Comparator.<Rated>comparingLong(r -> Math.round(r.estimate().microseconds() / EQUAL))
            .thenComparingLong(r -> Math.round(r.estimate().work() / EQUAL)));
    return rated;
  }

  /// @param rated the candidates that fit, by predicted time
  /// @param considered how many there were
  private static Selection selection(List<Rated> rated, int at, int considered) {
    int tooLarge = considered - rated.size();
    List<String> notes =
        tooLarge == 0
            ? List.of()
            : List.of(tooLarge + " candidates do not fit a multiprocessor of the device");
    Rated own = rated.get(at);
    // The best one is compared with the second, every other one with the best.
    Optional<Decision.RunnerUp> runnerUp =
        rated.size() == 1
            ? Optional.empty()
            : Optional.of(runnerUp(own, rated.get(at == 0 ? 1 : 0)));
    Decision decision =
        new Decision(
            own.candidate().instance().template().name(),
            own.candidate().tuning(),
            own.estimate(),
            runnerUp,
            considered,
            notes);
    return new Selection(own.candidate(), decision);
  }

  private static Decision.RunnerUp runnerUp(Rated winner, Rated loser) {
    return new Decision.RunnerUp(
        loser.candidate().instance().template().name(),
        loser.candidate().tuning(),
        loser.estimate(),
        reason(winner.estimate(), loser.estimate()));
  }

  /// The largest difference between two estimates, in words: the phase by which the loser loses
  /// most.
  private static String reason(Estimate winner, Estimate loser) {
    double slower = loser.microseconds() - winner.microseconds();
    if (slower < EQUAL) {
      return loser.work() - winner.work() < EQUAL
          ? "predicted equal; the first candidate is kept"
          : "predicted equal; it does more while it waits for device memory";
    }
    SequencedMap<String, Double> own = byName(winner);
    SequencedMap<String, Double> other = byName(loser);
    SequencedSet<String> names = new LinkedHashSet<>(other.keySet());
    names.addAll(own.keySet());
    String cause =
        names.stream()
            .max(
                Comparator.comparingDouble(
                    name -> other.getOrDefault(name, 0.0) - own.getOrDefault(name, 0.0)))
            .orElseThrow();
    return String.format(
        Locale.ROOT,
        "%.2f us slower, mostly by %s (%.2f instead of %.2f us)",
        slower,
        cause,
        other.getOrDefault(cause, 0.0),
        own.getOrDefault(cause, 0.0));
  }

  private static SequencedMap<String, Double> byName(Estimate estimate) {
    SequencedMap<String, Double> times = new LinkedHashMap<>();
    estimate.named().forEach(part -> times.merge(part.name(), part.microseconds(), Double::sum));
    return times;
  }
}
