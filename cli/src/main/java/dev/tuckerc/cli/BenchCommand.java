package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.DeviceOption;
import dev.tuckerc.cli.options.LaunchOption;
import dev.tuckerc.cli.pipeline.BundleProfile;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.InputValues;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc bench`: how long a bundle takes.
@Command(
    name = "bench",
    description =
        "Measures a bundle on random inputs: device time of the kernels, and host time with copies;"
            + " on the emulator also what the kernels do.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc bench resnet20.bundle --device cuda:0 --runs 1000",
      "  tuckerc bench resnet20.bundle --device emulator --runs 5 --json"
    })
final class BenchCommand implements Runnable {
  /// Runs submitted behind one another.
  private static final int BATCH = 16;

  private final Output output;

  @Parameters(paramLabel = "BUNDLE", description = "The bundle to measure.")
  private Path path;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto (a GPU if there is one, else the emulator), cuda:0, or emulator.")
  private String device;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Measured runs (default: 200 on a GPU, 5 on the emulator).")
  private @Nullable Integer runs;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "Runs before measuring (default: a tenth of the runs, at least one).")
  private @Nullable Integer warmup;

  @Mixin private LaunchOption launches = new LaunchOption();

  @Option(
      names = "--recompile",
      description = "Compile the kernels whose source was edited, and measure those.")
  private boolean recompile;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  BenchCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    if ((runs != null && runs < 1) || (warmup != null && warmup < 0)) {
      throw new CliException(Code.CLI001, "--runs must be at least 1, --warmup at least 0");
    }
    if (device.equals("reference")) {
      throw new CliException(
          Code.CLI001, "--device reference cannot be measured: it runs no kernels; use emulator");
    }
    FilesIo.requireReadable(path);
    DeviceOption.check(device, List.of());
    Bundle read =
        BundleReader.read(
            path,
            recompile ? BundleReader.EditedKernels.ACCEPT : BundleReader.EditedKernels.REFUSE);
    SessionOptions session =
        launches.with(SessionOptions.standard().recompiling(CachedKernelCompiler.standard()));
    try (DeviceExecutor executor = DeviceExecutor.open(read, device, session)) {
      Bundle bundle = executor.bundle();
      output.note("running on " + executor.description());
      boolean emulated = !executor.description().startsWith("cuda");
      int measured = runs != null ? runs : emulated ? 5 : 200;
      int before = warmup != null ? warmup : Math.max(1, measured / 10);
      Map<String, Tensor> inputs =
          new InputValues(Map.of(), Map.of(), true)
              .resolve(
                  bundle.manifest().entryPoint().inputs().stream()
                      .map(s ->
                          new InputValues.Wanted(s.name(), HostTensors.type(s.type()), s.shape()))
                      .toList());
      double[] deviceMillis = new double[measured];
      double[] hostMillis = new double[measured];
      executor.run(inputs);
      try (Progress progress = output.progress("bench", before + 2L * measured)) {
        for (int i = 0; i < before; i++) {
          executor.replay();
          progress.step("warm-up");
        }
        for (int i = 0; i < measured; ) {
          for (long nanos : executor.replay(Math.min(BATCH, measured - i))) {
            deviceMillis[i++] = nanos / 1e6;
            progress.step("device");
          }
        }
        for (int i = 0; i < measured; i++) {
          long start = System.nanoTime();
          executor.run(inputs);
          hostMillis[i] = (System.nanoTime() - start) / 1e6;
          progress.step("host");
        }
      }
      Optional<KernelCounters> work =
          emulated
              ? BundleProfile.of(bundle).stream()
                  .map(BundleProfile.Row::counters)
                  .reduce(KernelCounters::plus)
              : Optional.empty();
      report(bundle, executor, deviceMillis, hostMillis, work);
    }
  }

  private void report(
      Bundle bundle,
      DeviceExecutor executor,
      double[] deviceMillis,
      double[] hostMillis,
      Optional<KernelCounters> work) {
    Arrays.sort(deviceMillis);
    Arrays.sort(hostMillis);
    if (json) {
      ObjectNode root = Output.object();
      root.put("bundle", path.toString());
      root.put("source", bundle.manifest().sourceName());
      root.put("device", executor.description());
      root.put("launches", bundle.plan().launches().size());
      root.put("runs", deviceMillis.length);
      percentiles(root.putObject("deviceMilliseconds"), deviceMillis);
      percentiles(root.putObject("hostMilliseconds"), hostMillis);
      work.ifPresent(counters -> counters.byName().forEach(root.putObject("counters")::put));
      output.json(root);
      return;
    }
    var out = output.out();
    out.printf("device    %s%n", executor.description());
    out.printf(
        "program   %d launches a run, %d runs%n",
        bundle.plan().launches().size(), deviceMillis.length);
    out.printf("kernels   %s ms (device time of one replay)%n", text(deviceMillis));
    out.printf("whole run %s ms (host time with copies)%n", text(hostMillis));
    work.ifPresent(counters ->
        out.printf(
            "work      %,d warp instructions, %,d bytes loaded, %,d stored, %,d sectors,"
                + " %,d matrix multiply-adds a run%n",
            counters.instructions(),
            counters.globalLoadBytes(),
            counters.globalStoreBytes(),
            counters.globalSectors(),
            counters.matrixMultiplyAdds()));
  }

  private static final List<Integer> PERCENTILES = List.of(50, 90, 99);

  private static void percentiles(ObjectNode node, double[] sorted) {
    node.put("min", sorted[0]);
    for (int percent : PERCENTILES) {
      node.put("p" + percent, percentile(sorted, percent));
    }
    node.put("max", sorted[sorted.length - 1]);
  }

  private static String text(double[] sorted) {
    StringBuilder text = new StringBuilder("min %.4f".formatted(sorted[0]));
    for (int percent : PERCENTILES) {
      text.append(", p%d %.4f".formatted(percent, percentile(sorted, percent)));
    }
    return text.toString();
  }

  /// The smallest measurement that at least this share of all do not exceed.
  static double percentile(double[] sorted, int percent) {
    int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }
}
