package dev.tuckerc.training.distributed;

import java.util.Map;
import java.util.Optional;

/// Where processes meet, and which of them this one is: what torchrun sets for each process it
/// starts.
///
/// @param address of the first process's machine
/// @param port on which the first process listens
/// @param rank of this process, from 0
/// @param workers how many there are
public record Rendezvous(String address, int port, int rank, int workers) {
  public Rendezvous {
    if (rank < 0 || rank >= workers || port < 1 || port > 65535) {
      throw new WorkersException(
          "RANK " + rank + " of WORLD_SIZE " + workers + " at port " + port + " cannot be");
    }
  }

  /// The rendezvous that the environment names; empty where none is set.
  ///
  /// @throws WorkersException when it is set only in part, or wrongly
  public static Optional<Rendezvous> of(Map<String, String> environment) {
    if (!environment.containsKey("WORLD_SIZE")) {
      return Optional.empty();
    }
    return Optional.of(
        new Rendezvous(
            text(environment, "MASTER_ADDR"),
            number(environment, "MASTER_PORT"),
            number(environment, "RANK"),
            number(environment, "WORLD_SIZE")));
  }

  /// The variables that name this rendezvous.
  public Map<String, String> environment() {
    return Map.of(
        "MASTER_ADDR", address,
        "MASTER_PORT", String.valueOf(port),
        "RANK", String.valueOf(rank),
        "LOCAL_RANK", String.valueOf(rank),
        "WORLD_SIZE", String.valueOf(workers));
  }

  private static String text(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      throw new WorkersException(
          "WORLD_SIZE is set but "
              + name
              + " is not; set all of MASTER_ADDR, MASTER_PORT, RANK and"
              + " WORLD_SIZE, or none");
    }
    return value;
  }

  private static int number(Map<String, String> environment, String name) {
    String value = text(environment, name);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new WorkersException(name + " is '" + value + "', which is no number", e);
    }
  }
}
