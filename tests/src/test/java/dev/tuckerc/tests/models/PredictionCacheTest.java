package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.PredictionCache;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.DiskCache;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Predictions kept from one compilation to the next save time and change nothing.
class PredictionCacheTest {
  private static final KernelCompiler COMPILER = CachedKernelCompiler.standard();

  /// Keeps nothing.
  private static final PredictionCache NONE =
      new PredictionCache(
          new DiskCache(Path.of("/nonexistent"), "prediction", 0), Optional.empty());

  @TempDir Path folder;

  /// What a setting compiles to without the cache, with an empty one and with a full one. The last
  /// setting finds what the others kept.
  @Test
  void theSameBytesWithAndWithoutTheCache() throws Exception {
    Graph graph = Zoo.RESNET20.build(1, new Dim.Known(1));
    for (Setting setting :
        List.of(
            new Setting("h200", Precision.FP16, "fixed=0.5", true),
            new Setting("h200", Precision.FP16, "fixed=0.5", false),
            new Setting("t4", Precision.FP32, "none", true),
            new Setting("h200", Precision.FP16, "none", true))) {
      byte[] without = bytes(compile(graph, setting, NONE));
      assertThat(bytes(compile(graph, setting, cache("a")))).as("%s", setting).isEqualTo(without);
      byte[] kept = Files.readAllBytes(entry());
      assertThat(bytes(compile(graph, setting, cache("a")))).as("%s", setting).isEqualTo(without);
      // Nothing was left to be predicted.
      assertThat(Files.readAllBytes(entry())).isEqualTo(kept);
    }
  }

  @Test
  void anotherCompilerOrADamagedEntryStartsAnew() throws Exception {
    Graph graph = Zoo.RESNET20.build(1, new Dim.Known(1));
    Setting setting = new Setting("h200", Precision.FP16, "none", true);
    byte[] made = bytes(compile(graph, setting, cache("a")));
    byte[] kept = Files.readAllBytes(entry());
    byte[] damaged = kept.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(entry(), damaged);
    assertThat(bytes(compile(graph, setting, cache("a")))).isEqualTo(made);
    assertThat(Files.readAllBytes(entry())).isEqualTo(kept);
    assertThat(bytes(compile(graph, setting, cache("b")))).isEqualTo(made);
    assertThat(cache("a").entries().stats().entries()).isEqualTo(2);
  }

  /// What the kernels ask of a launch is kept beside the predictions, and found anew where it is
  /// damaged.
  @Test
  void theKernelsInterfacesAreKept() throws Exception {
    Graph graph = Zoo.RESNET20.build(1, new Dim.Known(1));
    Setting setting = new Setting("h200", Precision.FP16, "none", true);
    byte[] without = bytes(compile(graph, setting, NONE));
    Path zip = folder.resolve("kept.zip");
    Compilation first = compile(graph, setting, cache("a"));
    Path predictions = entry();
    first.write(zip);
    assertThat(Files.readAllBytes(zip)).isEqualTo(without);
    Path interfaces =
        entries().stream().filter(f -> !f.equals(predictions)).findFirst().orElseThrow();
    byte[] kept = Files.readAllBytes(interfaces);
    compile(graph, setting, cache("a")).write(zip);
    assertThat(Files.readAllBytes(zip)).isEqualTo(without);
    assertThat(Files.readAllBytes(interfaces)).isEqualTo(kept);
    byte[] damaged = kept.clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(interfaces, damaged);
    compile(graph, setting, cache("a")).write(zip);
    assertThat(Files.readAllBytes(zip)).isEqualTo(without);
    assertThat(Files.readAllBytes(interfaces)).isEqualTo(kept);
  }

  @Test
  void whatIsNoPredictionsIsRefused() {
    byte[] none = new Predictions().encode();
    assertThat(Predictions.decode(none)).isPresent();
    assertThat(Predictions.decode(new byte[] {0, 0, 0, 1, 7})).isEmpty();
    assertThat(Predictions.decode(new byte[] {1})).isEmpty();
  }

  private record Setting(String target, Precision precision, String ranks, boolean fusion) {}

  private PredictionCache cache(String compiler) {
    return new PredictionCache(
        new DiskCache(folder.resolve("cache"), "prediction", 1 << 20), Optional.of(compiler));
  }

  private static Compilation compile(Graph graph, Setting setting, PredictionCache cache) {
    CompileRequest request =
        new CompileRequest(
            Path.of("resnet20.onnx"),
            ShapeBindings.NONE,
            DeviceDescription.shipped(setting.target()),
            setting.target(),
            setting.precision(),
            Ranks.parse(setting.ranks()),
            setting.fusion(),
            Optional.empty(),
            true);
    return CompilePipeline.compile(graph, request, COMPILER, Progress.silent(), cache);
  }

  private byte[] bytes(Compilation compilation) throws Exception {
    Path zip = folder.resolve("written.zip");
    BundleWriter.write(compilation.bundle(), zip);
    return Files.readAllBytes(zip);
  }

  /// The only entry of the cache.
  private Path entry() throws Exception {
    return entries().stream().reduce((_, _) -> fail("several")).orElseThrow();
  }

  private List<Path> entries() throws Exception {
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
