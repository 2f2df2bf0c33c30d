package dev.tuckerc.lab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.KernelCache;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.ResultFile;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options that every command of the laboratory takes, and what they mean.
public final class LabOptions {
  /// Results go here, below the current folder, unless another is named.
  public static final String DEFAULT_FOLDER = "tuckerc-results";

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto (a GPU if there is one, else the emulator), cuda, cuda:1, or emulator (default:"
              + " auto).")
  private String device = "auto";

  @Option(
      names = "--budget",
      paramLabel = "SECONDS",
      description =
          "Begin no step after this time; what is left out is listed in the result (default: no"
              + " limit).")
  private @Nullable Double budgetSeconds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = DEFAULT_FOLDER,
      description = "Folder for results, made if missing (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of(DEFAULT_FOLDER);

  @Option(names = "--json", description = "Print the result as JSON in place of a table.")
  private boolean json;

  private @Nullable Budget budget;
  private @Nullable NvrtcCompiler compiler;

  /// Every compiler that this process makes afterwards uses the library.
  @Option(
      names = "--nvrtc",
      paramLabel = "PATH",
      description =
          "Compile with this libnvrtc.so.12 or .13 in place of the one that comes with tuckerc"
              + " (also: TUCKERC_NVRTC).")
  private void setNvrtc(@Nullable Path path) {
    if (path != null) {
      System.setProperty(NvrtcCompiler.LIBRARY_PROPERTY, path.toString());
    }
  }

  /// What `--device` says.
  public String device() {
    return device;
  }

  /// Opens the device asked for; the caller closes it.
  public DeviceSelector.Selection openDevice() {
    return DeviceSelector.standard().select(device);
  }

  /// The time that the command may take. It runs from the first call on: call it first.
  public Budget budget() {
    if (budget == null) {
      if (budgetSeconds == null) {
        budget = Budget.unlimited();
      } else if (budgetSeconds > 0) {
        budget = Budget.ofSeconds(budgetSeconds);
      } else {
        throw new CliException(
            Code.CLI001, "--budget: " + budgetSeconds + " is no time; write seconds above 0");
      }
    }
    return budget;
  }

  /// Folder for results.
  public Path out() {
    return out;
  }

  /// Whether standard output is to be JSON.
  public boolean json() {
    return json;
  }

  /// The kernel compiler asked for, without a cache.
  public NvrtcCompiler compiler() {
    if (compiler == null) {
      compiler = NvrtcCompiler.create();
    }
    return compiler;
  }

  /// The kernel compiler asked for, with this user's cache.
  public CachedKernelCompiler cachedCompiler() {
    return new CachedKernelCompiler(compiler(), KernelCache.standard());
  }

  /// The machine, with a device that was opened.
  public Environment environment(DeviceSelector.Selection selection) {
    return Environment.collect(selection, compiler().version());
  }

  /// Ends a command: writes its result to the folder, then prints it, as JSON or as a table.
  ///
  /// @param data raw samples and what was made of them; the budget is added to it
  /// @param table prints the result for people
  /// @return the file written
  public Path publish(
      Output output,
      String kind,
      Environment environment,
      ObjectNode data,
      Consumer<PrintStream> table) {
    budget().addTo(data);
    Path file = ResultFile.write(out, kind, environment, data);
    if (json) {
      output.json(new ResultFile(kind, environment, data).toJson());
    } else {
      table.accept(output.out());
      for (String step : budget().leftOut()) {
        output.out().println("left out for lack of time: " + step);
      }
    }
    output.note("result in " + file);
    return file;
  }
}
