package dev.tuckerc.lab.calibrate.micro;

/// A microbenchmark computed something wrong, so its times mean nothing.
public final class WrongResultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongResultException(String message) {
    super(message);
  }

  /// @throws WrongResultException when the two differ
  static void require(long actual, long expected, String what) {
    if (actual != expected) {
      throw new WrongResultException(what + " is " + actual + ", not " + expected);
    }
  }
}
