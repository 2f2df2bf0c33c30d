package dev.tuckerc.cli.console;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// What the root of a command line has: the options that every command takes. Without a command it
/// prints its help.
@SuppressWarnings("NullAway.Init") // picocli sets the fields
public abstract class RootCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log what each stage does to standard error.")
  private boolean verbose;

  @Option(
      names = "--quiet",
      scope = ScopeType.INHERIT,
      description = "No progress and no notes on standard error.")
  private boolean quiet;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean stacktrace;

  final boolean stacktrace() {
    return stacktrace;
  }

  @Override
  public final void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
