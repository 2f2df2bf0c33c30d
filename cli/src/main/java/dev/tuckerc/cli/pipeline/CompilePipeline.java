package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.cli.Tuckerc;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.TraceDirectory;
import dev.tuckerc.transform.TraceSink;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.MemoryPlan;
import dev.tuckerc.transform.memory.MemoryPlanner;
import dev.tuckerc.transform.region.RegionReport;
import dev.tuckerc.transform.search.ErrorMeasure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// The way from a model to a bundle: import, transforms, code generation, memory plan, kernel
/// compiler, bundle.
///
/// The same request gives the same bytes, whatever the number of threads and the state of the
/// caches.
public final class CompilePipeline {
  /// Number of steps that [#compile] reports to its progress.
  public static final int STEPS = 5;

  private final CompileRequest request;
  private final Progress progress;
  private final SequencedMap<String, Double> seconds = new LinkedHashMap<>();
  private final PredictionCache known;

  private CompilePipeline(CompileRequest request, Progress progress, PredictionCache known) {
    this.request = request;
    this.progress = progress;
    this.known = known;
  }

  /// Compiles a model.
  ///
  /// @throws dev.tuckerc.onnx.model.OnnxException when the model cannot be read
  /// @throws dev.tuckerc.onnx.importer.UnsupportedModelException when it uses what is not supported
  /// @throws dev.tuckerc.codegen.select.CodegenException when there is no kernel for an operation
  public static Compilation compile(
      CompileRequest request, KernelCompiler compiler, Progress progress) {
    CompilePipeline pipeline = new CompilePipeline(request, progress, PredictionCache.standard());
    CompletableFuture<String> hash = CompletableFuture.supplyAsync(() -> hash(request.model()));
    ImportedModel imported = pipeline.timed("import", () -> pipeline.read());
    return pipeline.run(imported, joined(hash), compiler);
  }

  /// Compiles a graph that lies in no file, such as a network of the zoo.
  ///
  /// @param graph of known extents
  /// @param request whose model need not exist: its file name is what the bundle calls its source,
  ///   and the source's hash is that of the graph's text, weights not included
  /// @throws dev.tuckerc.codegen.select.CodegenException when there is no kernel for an operation
  public static Compilation compile(
      Graph graph, CompileRequest request, KernelCompiler compiler, Progress progress) {
    return compile(graph, request, compiler, progress, PredictionCache.standard());
  }

  /// As [#compile(Graph, CompileRequest, KernelCompiler, Progress)], with predictions kept
  /// elsewhere.
  public static Compilation compile(
      Graph graph,
      CompileRequest request,
      KernelCompiler compiler,
      Progress progress,
      PredictionCache known) {
    CompilePipeline pipeline = new CompilePipeline(request, progress, known);
    ImportedModel imported = new ImportedModel(graph, 0, "tuckerc", List.of(), List.of());
    return pipeline.run(imported, hash(IrPrinter.print(graph)), compiler);
  }

  private static String joined(CompletableFuture<String> hash) {
    try {
      return hash.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof CliException cause ? cause : e;
    }
  }

  private Compilation run(ImportedModel imported, String sourceHash, KernelCompiler compiler) {
    Optional<Calibration.Loaded> calibration = calibration(request);
    Predictions predictions = known.find(sourceHash);
    PassContext context = context(request, calibration, progress, predictions);
    Transformed transformed =
        timed(
            "transform",
            () -> transform(request, imported.graph(), request.ranks().passes(), context));
    Graph graph = transformed.optimized();
    Program program =
        timed(
            "generate",
            () ->
                generate(
                    graph,
                    predictions,
                    transformed
                        .context()
                        .report(RegionReport.class)
                        .map(RegionReport::notes)
                        .orElse(Map.of())));
    known.keep(sourceHash, predictions);
    MemoryPlan memory = timed("plan", () -> MemoryPlanner.plan(graph, program.scratch()));
    List<CompiledKernel> compiled =
        timed("nvrtc", () -> compiler.compileAll(sources(program, request)));
    Manifest manifest =
        new Manifest(
            "tuckerc " + Tuckerc.VERSION,
            request.target().architecture(),
            String.valueOf(request.model().getFileName()),
            sourceHash,
            command(calibration),
            BundleAssembler.entryPoint(graph));
    Bundle bundle =
        BundleAssembler.assemble(manifest, GraphText.of(graph), program, memory, compiled);
    return new Compilation(
        imported,
        transformed.decomposed(),
        graph,
        transformed.context(),
        memory,
        program,
        bundle,
        seconds,
        known);
  }

  private Program generate(Graph graph, Predictions predictions, Map<Location, String> notes) {
    try {
      return CodeGenerator.generate(
          graph, Aliases.of(graph).free(), request.target(), predictions, notes);
    } catch (CodegenException e) {
      throw noKernel(request, e);
    }
  }

  private static CodegenException noKernel(CompileRequest request, CodegenException e) {
    String remedy = "change the model, or run it with --device reference";
    return new CodegenException(request.model() + ": " + e.getMessage() + "; " + remedy, e);
  }

  private List<String> command(Optional<Calibration.Loaded> calibration) {
    List<String> words = new ArrayList<>(request.command());
    calibration.ifPresent(loaded -> words.addAll(loaded.command()));
    return words;
  }

  private static Optional<Calibration.Loaded> calibration(CompileRequest request) {
    return request
        .ranks()
        .calibration()
        .map(calibration -> calibration.load(request.model(), request.bindings()));
  }

  private static PassContext context(
      CompileRequest request,
      Optional<Calibration.Loaded> calibration,
      Progress progress,
      Predictions predictions) {
    PassContext context =
        request
            .ranks()
            .context(request.precision(), request.target(), request.fusion(), predictions)
            .with(Objective.class, request.objective());
    if (calibration.isEmpty()) {
      return context;
    }
    Calibration.Loaded loaded = calibration.get();
    PassContext fitting = context.with(FactorFit.class, plan -> loaded.fit(progress).fit(plan));
    return loaded
        .errors(progress)
        .map(measure -> fitting.with(ErrorMeasure.class, measure))
        .orElse(fitting);
  }

  private ImportedModel read() {
    return OnnxImporter.readModel(request.model(), request.bindings());
  }

  /// A graph on its way through the passes.
  ///
  /// @param decomposed after the decomposition, before anything that changes precision
  /// @param optimized after all passes
  public record Transformed(Graph decomposed, Graph optimized, PassContext context) {}

  /// Runs the passes on a graph.
  public static Transformed transform(CompileRequest request, Graph graph) {
    return transform(request, graph, request.ranks().passes(), context(request, Progress.silent()));
  }

  private static PassContext context(CompileRequest request, Progress progress) {
    return context(request, calibration(request), progress, new Predictions());
  }

  /// Runs the passes where the decomposition reports on every layer, also where the rank policy
  /// keeps all of them dense.
  ///
  /// @param progress told of each layer that is fitted to data
  public static Transformed decompose(CompileRequest request, Graph graph, Progress progress) {
    return transform(request, graph, request.ranks().reportingPasses(), context(request, progress));
  }

  private static Transformed transform(
      CompileRequest request, Graph graph, List<Pass> passes, PassContext context) {
    Pipeline pipeline = Pipeline.standard(passes);
    if (request.verify()) {
      pipeline = pipeline.withCheck(Verifier::verify);
    }
    Graph[] decomposed = {graph};
    String last = passes.isEmpty() ? "input" : passes.getLast().name();
    TraceSink keep =
        (index, pass, after) -> {
          if (pass.equals(last)) {
            decomposed[0] = after;
          }
        };
    TraceSink trace =
        request
            .trace()
            .<TraceSink>map(folder -> new TraceDirectory(folder, g -> GraphText.of(g).text()))
            .orElse(TraceSink.NONE);
    pipeline =
        pipeline.withTrace((index, pass, after) -> {
          keep.accept(index, pass, after);
          trace.accept(index, pass, after);
        });
    try {
      Graph optimized = pipeline.run(graph, context);
      return new Transformed(decomposed[0], optimized, context);
    } catch (CodegenException e) {
      throw noKernel(request, e);
    } catch (UncheckedIOException e) {
      throw new CliException(Code.CLI003, e.getMessage() + "; name another folder with --trace", e);
    }
  }

  private static List<KernelSource> sources(Program program, CompileRequest request) {
    List<KernelSource> sources = new ArrayList<>();
    for (GeneratedKernel kernel : program.kernels()) {
      sources.add(
          new KernelSource(
              kernel.name() + ".cu", kernel.source(), request.target().architecture(), List.of()));
    }
    return sources;
  }

  private <T> T timed(String stage, Supplier<T> work) {
    long start = System.nanoTime();
    T result = work.get();
    seconds.put(stage, (System.nanoTime() - start) / 1e9);
    progress.step(stage);
    return result;
  }

  static String hash(String text) {
    byte[] digest = sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(Objects.requireNonNull(digest));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// SHA-256 of a file, as 64 hexadecimal digits.
  static String hash(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = sha256();
      try (DigestInputStream hashing = new DigestInputStream(in, digest)) {
        hashing.transferTo(java.io.OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(Objects.requireNonNull(digest.digest()));
    } catch (IOException e) {
      throw new CliException(
          Code.CLI002, file + ": cannot be read (" + e.getMessage() + "); check the path", e);
    }
  }
}
