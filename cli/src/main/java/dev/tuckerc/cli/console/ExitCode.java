package dev.tuckerc.cli.console;

/// Exit codes of the command, part of its contract.
public final class ExitCode {
  private ExitCode() {}

  /// Done, and every comparison asked for agreed.
  public static final int OK = 0;

  /// Done, but results differ from what was expected.
  public static final int MISMATCH = 1;

  /// The command line, or a file that it names, cannot be used.
  public static final int USAGE = 2;

  /// The model was read but cannot be compiled or interpreted.
  public static final int UNSUPPORTED = 3;

  /// A device, a driver, the kernel compiler or memory failed.
  public static final int DEVICE = 4;

  /// A defect of tuckerc itself.
  public static final int INTERNAL = 5;
}
