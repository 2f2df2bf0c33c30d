package dev.tuckerc.training.data;

import dev.tuckerc.data.DataException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Samples that cannot be read: each is named once, and another takes its place, up to a limit.
final class DamagedSamples {
  private static final Logger log = LoggerFactory.getLogger(DamagedSamples.class);

  private final int limit;
  private final Map<Integer, String> found = new ConcurrentHashMap<>();

  DamagedSamples(int limit) {
    this.limit = limit;
  }

  /// @throws DataException where it is one too many
  void add(int sample, DataException fault) {
    if (found.put(sample, String.valueOf(fault.getMessage())) == null) {
      log.warn("sample {} is left out: {}", sample, fault.getMessage());
    }
    if (found.size() > limit) {
      throw new DataException(
          "more than "
              + limit
              + " samples cannot be read, the last: "
              + fault.getMessage()
              + "; repair the data set",
          fault);
    }
  }
}
