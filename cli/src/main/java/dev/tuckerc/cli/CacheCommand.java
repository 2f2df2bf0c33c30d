package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.pipeline.FactorizationCache;
import dev.tuckerc.cli.pipeline.PredictionCache;
import dev.tuckerc.cuda.DiskCache;
import dev.tuckerc.cuda.KernelCache;
import dev.tuckerc.cuda.TuckercCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tuckerc cache`: what is kept on disk, and removing it.
@Command(
    name = "cache",
    description =
        "Shows what is kept on disk to save time, and removes compiled kernels, factorized weights"
            + " and predictions.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc cache                 where and how large",
      "  tuckerc cache --prune 200MB   remove what was unused for longest",
      "  tuckerc cache --prune 0       remove all kernels, factors and predictions",
      "  TUCKERC_CACHE=/tmp/c tuckerc cache   another folder"
    })
final class CacheCommand implements Runnable {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,3})?)\\s*([KMGT]?)(I?)B?");
  private final Output output;

  @Option(
      names = "--prune",
      paramLabel = "SIZE",
      description =
          "Remove kernels, factorized weights and predictions until at most SIZE is left (as in 500MB,"
              + " 1GB, 0).")
  private @org.jspecify.annotations.Nullable String prune;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  CacheCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    TuckercCache cache = TuckercCache.standard();
    DiskCache kernels = KernelCache.standard().entries();
    DiskCache weights = FactorizationCache.standard().entries();
    DiskCache predictions = PredictionCache.standard().entries();
    Optional<Long> removed = Optional.empty();
    if (prune != null) {
      removed =
          Optional.of(DiskCache.prune(List.of(kernels, weights, predictions), parseSize(prune)));
    }
    DiskCache.Stats stats = kernels.stats();
    DiskCache.Stats known = weights.stats();
    DiskCache.Stats predicted = predictions.stats();
    long natives = bytesBelow(cache.natives());
    if (json) {
      ObjectNode node = Output.object();
      node.put("root", cache.root().toString());
      node.put("kernels", stats.entries());
      node.put("kernelBytes", stats.bytes());
      node.put("kernelCapBytes", KernelCache.DEFAULT_CAP_BYTES);
      node.put("factorizations", known.entries());
      node.put("factorizationBytes", known.bytes());
      node.put("factorizationCapBytes", FactorizationCache.CAP_BYTES);
      node.put("predictions", predicted.entries());
      node.put("predictionBytes", predicted.bytes());
      node.put("predictionCapBytes", PredictionCache.CAP_BYTES);
      node.put("nativeBytes", natives);
      removed.ifPresent(bytes -> node.put("removedBytes", bytes));
      output.json(node);
      return;
    }
    var out = output.out();
    out.println("root     " + cache.root());
    out.printf(
        "kernels  %d compiled, %s of %s at most%n",
        stats.entries(), bytes(stats.bytes()), bytes(KernelCache.DEFAULT_CAP_BYTES));
    out.printf(
        "factors  %d of weights, %s of %s at most%n",
        known.entries(), bytes(known.bytes()), bytes(FactorizationCache.CAP_BYTES));
    out.printf(
        "models   %d files of predictions and kernel interfaces, %s of %s at most%n",
        predicted.entries(), bytes(predicted.bytes()), bytes(PredictionCache.CAP_BYTES));
    out.printf("natives  %s of native libraries, unpacked from their jars%n", bytes(natives));
    removed.ifPresent(bytes -> out.printf("removed  %s%n", bytes(bytes)));
  }

  /// Bytes of a size such as `500MB`, `1.5 GiB` or `0`; units are powers of 1024 with an `i`, of
  /// 1000 without.
  static long parseSize(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new CliException(
          Code.CLI001, "--prune: '" + text + "' is no size; write one such as 500MB, 1GB or 0");
    }
    int power = "KMGT".indexOf(matcher.group(2)) + 1;
    if (matcher.group(2).isEmpty()) {
      power = 0;
    }
    double unit = Math.pow(matcher.group(3).isEmpty() ? 1000 : 1024, power);
    return (long) (Double.parseDouble(matcher.group(1)) * unit);
  }

  /// A size for people.
  static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    String[] units = {"kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = -1;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return "%.1f %s".formatted(value, units[unit]);
  }

  private static long bytesBelow(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(CacheCommand::size).sum();
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException | UncheckedIOException e) {
      throw new CliException(
          Code.CLI002, folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      // Another process removed it meanwhile.
      return 0;
    }
  }
}
