package dev.tuckerc.cli.conformance;

import dev.tuckerc.cli.conformance.Outcome.Status;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Executor;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.cli.pipeline.ReferenceExecutor;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ModelSignature;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.model.ModelInputs;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Runs single cases in this process.
public final class CaseRunner implements AutoCloseable {
  private final CaseOptions options;
  private @Nullable KernelCompiler compiler;

  /// @param options how cases are run and judged
  public CaseRunner(CaseOptions options) {
    this.options = options;
  }

  /// Runs the case in a folder. Never throws: a failure is an outcome.
  public Outcome run(Path folder) {
    long start = System.nanoTime();
    Status status;
    String detail;
    try {
      TestCase test =
          TestCase.read(folder, folder)
              .orElseThrow(() -> new IOException(folder + " has no test data"));
      Verdict verdict = new Verdict();
      for (TestCase.DataSet set : test.sets()) {
        runSet(test, set, verdict);
      }
      status = verdict.worst == null ? Status.PASS : Status.FAIL;
      detail = verdict.detail();
    } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
      Failure failure = Failure.of(e);
      boolean unsupported = failure.exit() == ExitCode.UNSUPPORTED && !isInvalid(failure.code());
      status = unsupported ? Status.UNSUPPORTED : Status.FAIL;
      detail = failure.code() + " " + failure.message();
    }
    return new Outcome(status, detail, (System.nanoTime() - start) / 1e9);
  }

  /// Test models are valid: who calls one invalid is wrong.
  private static boolean isInvalid(String code) {
    return switch (code) {
      case "ONNX007", "ONNX008", "ONNX009", "ONNX010", "ONNX011", "IR001" -> true;
      default -> false;
    };
  }

  /// The worst result so far.
  private static final class Verdict {
    private @Nullable String worst;
    private double maxOfRange;

    void add(String where, Comparison comparison) {
      maxOfRange = Math.max(maxOfRange, comparison.ofRange());
      if (!comparison.agrees() && worst == null) {
        worst = where + ": " + comparison.worst();
      }
    }

    void fail(String why) {
      if (worst == null) {
        worst = why;
      }
    }

    String detail() {
      String figure = "max error %.2g of range".formatted(maxOfRange);
      return worst == null ? figure : figure + "; " + worst;
    }
  }

  private void runSet(TestCase test, TestCase.DataSet set, Verdict verdict) {
    List<String> names = ModelInputs.names(test.model());
    SequencedMap<String, Tensor> given = new LinkedHashMap<>();
    if (set.inputs().size() > names.size()) {
      verdict.fail(
          set.name() + " has " + set.inputs().size() + " inputs, the model takes " + names.size());
      return;
    }
    for (int i = 0; i < set.inputs().size(); i++) {
      String name = names.get(i);
      read(set.inputs().get(i)).ifPresent(tensor -> given.put(name, tensor));
    }
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    given.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    ShapeBindings bindings = new ShapeBindings(shapes, true, given);
    List<Tensor> expected = new ArrayList<>();
    List<String> outputs =
        ModelSignature.read(test.model()).outputs().stream()
            .map(ModelSignature.Declared::name)
            .toList();
    for (int i = 0; i < set.outputs().size(); i++) {
      // An output that is listed again is given once.
      if (i >= outputs.size() || outputs.indexOf(outputs.get(i)) == i) {
        expected.add(OnnxTensors.read(set.outputs().get(i)));
      }
    }
    CompileRequest request = options.compile().request(test.model(), bindings, Optional.empty());
    if (options.device().equals("reference")) {
      Graph graph = OnnxImporter.readModel(request.model(), bindings).graph();
      SequencedMap<String, Tensor> results = new ReferenceExecutor(graph).run(inputs(graph, given));
      compare(set, results, expected, GraphFigures.usesHalf(graph), verdict);
      return;
    }
    Compilation compilation = CompilePipeline.compile(request, compiler(), Progress.silent());
    Map<String, Tensor> inputs = inputs(compilation.optimized(), given);
    if (request.ranks().decomposes()) {
      // The oracle of a decomposed model is the decomposed graph, not the original's outputs.
      expected = List.copyOf(new ReferenceExecutor(compilation.decomposed()).run(inputs).values());
    }
    SessionOptions session = SessionOptions.standard().recompiling(compiler());
    try (Executor executor = DeviceExecutor.open(compilation.bundle(), options.device(), session)) {
      boolean half = GraphFigures.usesHalf(compilation.optimized());
      compare(set, executor.run(inputs), expected, half, verdict);
    }
  }

  /// An input's tensor; none of a type that no input of a model that can be imported has.
  private static Optional<Tensor> read(Path file) {
    try {
      return Optional.of(OnnxTensors.read(file));
    } catch (OnnxException e) {
      if (e.code() == OnnxException.Code.ONNX013) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// The inputs that the graph still has: those compiled in are gone.
  private static Map<String, Tensor> inputs(Graph graph, Map<String, Tensor> given) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    graph
        .inputs()
        .forEach(input -> {
          Tensor tensor = given.get(input.name());
          if (tensor != null) {
            inputs.put(input.name(), tensor);
          }
        });
    return inputs;
  }

  private void compare(
      TestCase.DataSet set,
      SequencedMap<String, Tensor> results,
      List<Tensor> expected,
      boolean half,
      Verdict verdict) {
    if (results.size() < expected.size()) {
      verdict.fail(set.name() + " expects " + expected.size() + " outputs, not " + results.size());
      return;
    }
    int index = 0;
    for (Map.Entry<String, Tensor> result : results.entrySet()) {
      if (index == expected.size()) {
        break;
      }
      Tensor wanted = expected.get(index++);
      String where = set.name() + " output '" + result.getKey() + "'";
      verdict.add(where, Comparison.of(result.getValue(), wanted, options.tolerance(half)));
      boolean lowered = options.compile().precision() == Precision.FP16;
      if (lowered && classifies(wanted) && !Comparison.sameArgMax(result.getValue(), wanted)) {
        verdict.fail(where + ": the arg-max differs");
      }
    }
  }

  /// Whether a tensor looks like scores of classes: `[N, C]`, perhaps with further extents of 1.
  private static boolean classifies(Tensor tensor) {
    return tensor.type().isFloat()
        && tensor.rank() >= 2
        && tensor.dimension(1) > 1
        && (long) tensor.dimension(0) * tensor.dimension(1) == tensor.size();
  }

  private KernelCompiler compiler() {
    if (compiler == null) {
      compiler = CachedKernelCompiler.standard();
    }
    return compiler;
  }

  @Override
  public void close() {}
}
