package dev.tuckerc.cli.console;

import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.ir.IrException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An exception as a user sees it.
///
/// @param exit exit code
/// @param code stable diagnostic code; each has a page below `docs/diagnostics`
/// @param message what is wrong, where, and the remedy; one line, or a line and an indented list
public record Failure(int exit, String code, String message) {
  private static final Pattern CODED =
      Pattern.compile("([A-Z]{2,6}[0-9]{3}):?\\s+(.*)", Pattern.DOTALL);

  /// What an exception means to the user.
  public static Failure of(Throwable thrown) {
    return switch (thrown) {
      case CliException e -> new Failure(e.code().exit(), e.code().name(), text(e));
      case BundleException e -> coded(ExitCode.USAGE, "BND001", e);
      case DeviceException e -> coded(ExitCode.DEVICE, "DEV001", e);
      case IrException e -> coded(ExitCode.UNSUPPORTED, "IR001", e);
      default -> ModelFailures.of(thrown).orElseGet(() -> underlying(thrown));
    };
  }

  /// Memory or a native library that was missing, also where a thread or a class initialiser passed
  /// the error on as the cause of its own.
  private static Failure underlying(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError e) {
        return new Failure(
            ExitCode.DEVICE,
            "DEV002",
            "not enough memory ("
                + text(e)
                + "); allow more, as in TUCKERC_JAVA_OPTIONS=-Xmx8g, or use a smaller shape");
      }
    }
    return NativeFailures.of(thrown).orElseGet(() -> internal(thrown));
  }

  static Failure coded(int exit, String fallback, Throwable e) {
    Matcher matcher = CODED.matcher(text(e));
    return matcher.matches()
        ? new Failure(exit, matcher.group(1), matcher.group(2))
        : new Failure(exit, fallback, text(e));
  }

  private static Failure internal(Throwable e) {
    return new Failure(
        ExitCode.INTERNAL,
        "CLI900",
        "internal error: "
            + text(e).lines().findFirst().orElse("")
            + " ("
            + e.getClass().getSimpleName()
            + "); this is a defect of tuckerc: report it with the output of --stacktrace");
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public String toString() {
    return "tuckerc: error " + code + ": " + message;
  }
}
