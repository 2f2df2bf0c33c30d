package dev.tuckerc.transform.ranks;

/// A rank policy cannot be read, or does not fit the model.
public final class RankPolicyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RankPolicyException(String message) {
    super(message);
  }
}
