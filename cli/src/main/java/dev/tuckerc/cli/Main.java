package dev.tuckerc.cli;

import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Program;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;

/// Entry point of the `tuckerc` command.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    Program.runAndExit(args, Main::run);
  }

  /// Runs one command in this process.
  ///
  /// @return the exit code
  public static int run(String[] args, PrintStream out, PrintStream err) {
    try {
      configure(args);
    } catch (DeviceException e) {
      Failure failure = Failure.of(e);
      err.println(failure);
      return failure.exit();
    }
    return Tuckerc.execute(args, Program.output(args, out, err));
  }

  /// Settings that libraries read once, when their first class is loaded.
  ///
  /// @throws DeviceException when the cache, from which they load machine code, is not this user's
  ///   alone
  public static void configure(String[] args) {
    String level = Arrays.asList(args).contains("--verbose") ? "debug" : "warn";
    setDefault("org.slf4j.simpleLogger.defaultLogLevel", level);
    // ND4J reports its back end at level info, and Reflections complains of jars without classes.
    setDefault("org.slf4j.simpleLogger.log.org.nd4j", "error");
    setDefault("org.slf4j.simpleLogger.log.org.reflections", "error");
    setDefault("org.slf4j.simpleLogger.showThreadName", "false");
    setDefault("org.slf4j.simpleLogger.showShortLogName", "true");
    TuckercCache cache = TuckercCache.standard();
    try {
      cache.requirePrivate();
    } catch (IOException _) {
      // Whoever needs the cache says so; many commands do not.
    }
    setDefault("org.bytedeco.javacpp.cachedir", cache.natives().resolve("javacpp").toString());
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
