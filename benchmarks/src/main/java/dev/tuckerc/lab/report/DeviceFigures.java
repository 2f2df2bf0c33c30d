package dev.tuckerc.lab.report;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the results say of one device; a later result replaces what an earlier one said.
final class DeviceFigures {
  /// A result that figures come from.
  ///
  /// @param kind such as `bench`
  /// @param driver of the device, if it was there
  record Origin(String kind, Instant date, String commit, Optional<String> driver) {
    LocalDate day() {
      return LocalDate.ofInstant(date, ZoneOffset.UTC);
    }

    /// The commit, short.
    String shortCommit() {
      return commit.replaceFirst("^([0-9a-f]{7})[0-9a-f]+", "$1");
    }
  }

  /// Times of a model by tuckerc.
  ///
  /// @param predicted microseconds
  /// @param measured empty where there is a prediction only
  record Own(double predicted, Optional<Figure> measured, Bounds bounds) {
    /// The measured time, else the predicted one.
    Figure best() {
      return measured.orElseGet(() -> Figure.predicted(predicted));
    }
  }

  /// Physical floors in microseconds.
  record Bounds(double memory, double arithmetic, double steps) {}

  /// The strongest peer of a model.
  ///
  /// @param variant how it was run
  record Peer(Figure time, String variant) {}

  /// A kernel's or model's times in microseconds.
  ///
  /// @param group of points in a plot
  record Pair(String group, double measured, double predicted) {}

  /// One of TDC's core layers in one precision.
  record LayerKey(String precision, String layer) implements Comparable<LayerKey> {
    @Override
    public int compareTo(LayerKey other) {
      int byPrecision = precision.compareTo(other.precision);
      return byPrecision != 0 ? byPrecision : layer.compareTo(other.layer);
    }
  }

  private final String device;
  private final SortedMap<String, Origin> origins = new TreeMap<>();
  private final SortedMap<Subject, Own> own = new TreeMap<>();
  private final SortedMap<Subject, Peer> peers = new TreeMap<>();
  private final SortedMap<LayerKey, Double> ownLayers = new TreeMap<>();
  private final SortedMap<LayerKey, Double> peerLayers = new TreeMap<>();
  private final SortedMap<String, Pair> pairs = new TreeMap<>();
  private final List<String> remarks = new ArrayList<>();

  /// @param device its name
  DeviceFigures(String device) {
    this.device = device;
  }

  String device() {
    return device;
  }

  /// The latest result of each kind.
  SortedMap<String, Origin> origins() {
    return origins;
  }

  SortedMap<Subject, Own> own() {
    return own;
  }

  SortedMap<Subject, Peer> peers() {
    return peers;
  }

  /// Medians in microseconds of tuckerc's kernels.
  SortedMap<LayerKey, Double> ownLayers() {
    return ownLayers;
  }

  /// Medians in microseconds of cuDNN's best.
  SortedMap<LayerKey, Double> peerLayers() {
    return peerLayers;
  }

  /// By the name of the kernel or model.
  Map<String, Pair> pairs() {
    return pairs;
  }

  /// Sentences on other results, such as verifications.
  List<String> remarks() {
    return remarks;
  }

  /// Whether anything was measured on the device.
  boolean isMeasured() {
    return own.values().stream().anyMatch(o -> o.measured().isPresent())
        || !peers.isEmpty()
        || !ownLayers.isEmpty();
  }

  /// A measurement replaces a prediction of the same model; a prediction never a measurement.
  void put(Subject subject, Own figures) {
    Own before = own.get(subject);
    if (before == null || figures.measured().isPresent() || before.measured().isEmpty()) {
      own.put(subject, figures);
    }
  }
}
