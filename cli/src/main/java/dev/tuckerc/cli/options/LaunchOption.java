package dev.tuckerc.cli.options;

import dev.tuckerc.execute.SessionOptions;
import picocli.CommandLine.Option;

/// How a bundle's launches follow one another.
public final class LaunchOption {
  @Option(
      names = "--no-programmatic",
      description =
          "Begin every kernel when the one before it has ended, also those that could begin"
              + " earlier.")
  private boolean serial;

  /// Session options with what was chosen.
  public SessionOptions with(SessionOptions session) {
    return serial ? session.serial() : session;
  }

  /// Whether the option was given.
  public boolean given() {
    return serial;
  }
}
