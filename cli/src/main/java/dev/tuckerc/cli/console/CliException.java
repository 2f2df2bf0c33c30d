package dev.tuckerc.cli.console;

/// A command cannot do what was asked. The message is one line that names the file or option, what
/// is wrong and what to do about it.
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What is wrong, as a stable diagnostic code.
  public enum Code {
    /// An option's value cannot be understood, or does not fit the other options.
    CLI001(ExitCode.USAGE),
    /// A file or folder does not exist or cannot be read.
    CLI002(ExitCode.USAGE),
    /// An output cannot be written.
    CLI003(ExitCode.USAGE),
    /// An input tensor does not fit the model: name, type or shape.
    CLI004(ExitCode.USAGE),
    /// A `.npy` file is damaged or of a kind that is not supported.
    CLI005(ExitCode.USAGE),
    /// There is no such kernel, node or stage to inspect.
    CLI006(ExitCode.USAGE),
    /// A model's name is not known to the zoo.
    CLI007(ExitCode.USAGE),
    /// A rank file is damaged or does not fit the model.
    CLI008(ExitCode.USAGE),
    /// No conformance case was found where one was looked for.
    CLI009(ExitCode.USAGE),
    /// The device asked for is not there.
    CLI010(ExitCode.DEVICE),
    /// A file is no result of the laboratory, or a damaged one.
    CLI011(ExitCode.USAGE),
    /// A program that a step of the laboratory needs is not on this machine.
    CLI012(ExitCode.DEVICE),
    /// A data set cannot be read, or does not fit the model.
    CLI013(ExitCode.USAGE),
    /// A CUDA file does not compile.
    CLI014(ExitCode.USAGE);

    private final int exit;

    Code(int exit) {
      this.exit = exit;
    }

    /// The exit code of a command that ends with this error.
    public int exit() {
      return exit;
    }
  }

  private final Code code;

  public CliException(Code code, String message) {
    super(message);
    this.code = code;
  }

  public CliException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /// The diagnostic code.
  public Code code() {
    return code;
  }
}
