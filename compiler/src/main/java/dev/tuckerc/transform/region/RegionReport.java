package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Location;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Which regions were formed, and why.
public record RegionReport(List<Choice> regions) {
  public RegionReport {
    regions = List.copyOf(regions);
  }

  /// One region.
  ///
  /// @param location the source nodes it stands for
  /// @param stages names of the values its stages compute, in order
  /// @param results how many of them are stored
  /// @param microseconds predicted time of the kernel
  /// @param separate predicted time of one kernel for each stage
  /// @param runnerUp how its stages would best be cut otherwise
  public record Choice(
      Location location,
      List<String> stages,
      int results,
      double microseconds,
      double separate,
      RunnerUp runnerUp) {
    public Choice {
      stages = List.copyOf(stages);
    }

    /// Why this is one kernel, for the kernel itself: what else its stages might be.
    String note() {
      return String.format(
          Locale.ROOT,
          "one kernel for %s; predicted %.2f us as %d kernels; best cut otherwise: %s",
          String.join(" + ", stages),
          separate,
          stages.size(),
          runnerUp);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "one kernel for %s, predicted %.2f us, %.2f us as %d kernels; runner-up: %s",
          String.join(" + ", stages),
          microseconds,
          separate,
          stages.size(),
          runnerUp);
    }
  }

  /// The second best way to compute what lies around a region.
  ///
  /// @param cut its kernels, as in `a + b | c`
  /// @param slower predicted microseconds it takes longer, over all that hangs together with the
  ///   region; negative where its launches are more, and it is not faster by their charge
  public record RunnerUp(String cut, double slower) {
    @Override
    public String toString() {
      return slower < 0
          ? String.format(Locale.ROOT, "%s, %.2f us faster with more launches", cut, -slower)
          : String.format(Locale.ROOT, "%s, %.2f us slower", cut, slower);
    }
  }

  /// Kernels saved by all regions.
  public int savedKernels() {
    return regions.stream().mapToInt(region -> region.stages().size() - 1).sum();
  }

  /// Why each region is one kernel, by the source nodes that it stands for.
  public Map<Location, String> notes() {
    return regions.stream()
        .collect(
            Collectors.toMap(
                Choice::location, Choice::note, (first, second) -> first + "; " + second));
  }

  /// Lines for people; empty without regions.
  public String toText() {
    return regions.stream().map(region -> region + "\n").collect(Collectors.joining());
  }
}
