package dev.tuckerc.training.model;

import java.util.List;

/// A model holds operations that cannot be trained. The message lists all of them.
public final class UntrainableModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param problems one for each node: what it is and why it cannot be trained
  public UntrainableModelException(List<String> problems) {
    super(
        problems.size() == 1
            ? problems.getFirst()
            : problems.size() + " nodes cannot be trained:\n  " + String.join("\n  ", problems));
  }
}
