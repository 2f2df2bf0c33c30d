package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.cuda.CudaDevice;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.Samples;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.lab.worker.CaseRunner;
import dev.tuckerc.transform.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Measures a kernel case or a model on a device.
final class Bench implements CaseRunner {
  private final Device device;
  private final Stopwatch stopwatch;
  private final KernelCompiler compiler;
  private final LabOptions.Target target;
  private final int candidates;
  private final @Nullable Path outputs;
  private final Environment environment;

  /// @param candidates how many of each kernel case's best-predicted candidates are measured
  /// @param outputs folder for inputs and outputs of models
  private Bench(
      Device device,
      Effort effort,
      KernelCompiler compiler,
      LabOptions.Target target,
      int candidates,
      @Nullable Path outputs,
      Environment environment) {
    this.device = device;
    this.stopwatch = new Stopwatch(device, effort);
    this.compiler = compiler;
    this.target = target;
    this.candidates = candidates;
    this.outputs = outputs;
    this.environment = environment;
  }

  static Bench open(LabOptions options, int candidates, boolean quick, @Nullable Path outputs) {
    Device device = options.openDevice().device();
    Effort effort =
        device instanceof CudaDevice gpu
            ? Effort.ofGpu(gpu.limits().l2Bytes(), quick)
            : Effort.ofEmulator();
    return new Bench(
        device,
        effort,
        options.cachedCompiler(),
        options.target(device.info()),
        candidates,
        outputs,
        Environment.of(device.info(), options.compiler().version()));
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public Outcome run(String name, ObjectNode node) {
    node.put("target", target.description().name());
    node.put("emulated", environment.emulated());
    ModelCase.find(name)
        .ifPresentOrElse(model -> model(model, node), () -> kernel(KernelGrid.named(name), node));
    return Outcome.DONE;
  }

  private void kernel(KernelCase one, ObjectNode node) {
    KernelCase.Instance instance = one.build();
    long multiplyAdds = GraphFigures.of(instance.graph()).multiplyAdds();
    node.put("multiplyAdds", multiplyAdds);
    List<Program> programs =
        CodeGenerator.best(
            instance.graph(), Set.of(), target.description(), instance.varied(), candidates);
    List<CompiledProgram> compiled =
        CompiledProgram.of(programs, compiler, target.description().architecture());
    ArrayNode list = node.putArray("candidates");
    for (CompiledProgram program : compiled) {
      candidate(instance, program, multiplyAdds, list.addObject());
    }
    double chosen = list.get(0).path("measuredMicroseconds").asDouble();
    double best = chosen;
    for (var candidate : list) {
      best = Math.min(best, candidate.path("measuredMicroseconds").asDouble());
    }
    node.put("measuredMicroseconds", chosen);
    if (list.size() > 1) {
      node.put("bestMicroseconds", best);
    }
    node.put(
        "summary",
        "%.2f us, warm %.2f, predicted %.2f"
            .formatted(
                chosen,
                list.get(0).path("warm").path("deviceMicroseconds").path("p50").asDouble(),
                list.get(0).path("predictedMicroseconds").asDouble()));
  }

  private void candidate(
      KernelCase.Instance instance, CompiledProgram compiled, long multiplyAdds, ObjectNode node) {
    Program program = compiled.program();
    Decision decision = decision(program, instance.varied());
    node.put("template", decision.template());
    ObjectNode parameters = node.putObject("parameters");
    decision.parameters().forEach(parameters::put);
    node.put("launches", program.launches().size());
    int chain = stopwatch.effort().chain();
    long bytes = bytes(instance.graph());
    int count = stopwatch.effort().copies(bytes);
    List<LaunchSequence> sequences = new ArrayList<>();
    try (LoadedProgram loaded = LoadedProgram.load(device, instance.graph(), compiled)) {
      node.put("loaded", loaded.forms().toString());
      List<LoadedProgram.Copy> copies = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        copies.add(loaded.copy(instance.inputs()));
      }
      // Every copy is met once before the first is met again.
      for (int first = 0; first < count; first += chain) {
        List<KernelLaunch> launches = new ArrayList<>();
        for (int i = 0; i < chain; i++) {
          launches.addAll(copies.get((first + i) % count).launches());
        }
        sequences.add(device.record(launches));
      }
      Timing cold = stopwatch.measure(sequences, chain, count, bytes);
      List<KernelLaunch> resident = new ArrayList<>();
      for (int i = 0; i < chain; i++) {
        resident.addAll(copies.getFirst().launches());
      }
      LaunchSequence one = device.record(resident);
      sequences.add(one);
      Timing warm = stopwatch.measure(List.of(one), chain, 1, bytes);
      times(node, program, multiplyAdds, bytes, cold, warm);
    } finally {
      sequences.forEach(LaunchSequence::close);
    }
  }

  private void model(ModelCase model, ObjectNode node) {
    Compilation compilation = model.compile(target.description(), compiler);
    Bundle bundle = compilation.bundle();
    long bytes = bytes(compilation.decomposed()) / (model.precision() == Precision.FP16 ? 2 : 1);
    int count = stopwatch.effort().copies(bytes);
    node.put("network", model.label());
    node.put("precision", model.precision().text());
    node.put("ranks", model.ranks());
    node.put("launches", bundle.plan().launches().size());
    node.put("weightBytes", bundle.plan().weightBytes());
    node.put("arenaBytes", bundle.plan().arenaBytes());
    long multiplyAdds = GraphFigures.of(compilation.optimized()).multiplyAdds();
    node.put("multiplyAdds", multiplyAdds);
    List<Session> sessions = new ArrayList<>();
    List<LaunchSequence> graphs = new ArrayList<>();
    try {
      Map<String, HostTensor> inputs = HostTensors.toHost(model.inputs());
      for (int i = 0; i < count; i++) {
        Session session = Session.open(bundle, device, SessionOptions.standard());
        sessions.add(session);
        var results = session.run(inputs);
        if (outputs != null && i == 0) {
          model.write(outputs, HostTensors.fromHost(results));
        }
        graphs.add(session.sequence(true));
      }
      node.put("loaded", new TreeSet<>(sessions.getFirst().forms().values()).toString());
      Timing cold = stopwatch.measure(graphs, 1, count, bytes);
      Timing warm = stopwatch.measure(graphs.subList(0, 1), 1, 1, bytes);
      times(node, compilation.program(), multiplyAdds, bytes, cold, warm);
      List<Double> runs = new ArrayList<>();
      for (int i = 0; i < stopwatch.effort().hostSamples(); i++) {
        long start = System.nanoTime();
        sessions.get(i % count).run(inputs);
        runs.add((System.nanoTime() - start) / 1e3);
      }
      new Samples(runs).addTo(node.putObject("runWithCopiesMicroseconds"));
      node.put(
          "summary",
          "%.1f us, warm %.1f, predicted %.1f"
              .formatted(
                  cold.device().median(),
                  warm.device().median(),
                  node.path("predictedMicroseconds").asDouble()));
    } finally {
      graphs.forEach(LaunchSequence::close);
      sessions.forEach(Session::close);
    }
  }

  /// Writes the times beside what they are held against.
  private void times(
      ObjectNode node, Program program, long multiplyAdds, long bytes, Timing cold, Timing warm) {
    boolean isCold = stopwatch.effort().isCold(cold.copies(), bytes);
    node.put("exceedsCacheTwice", isCold);
    node.put("measuredMicroseconds", cold.device().median());
    node.put("predictedMicroseconds", program.predictedMicroseconds());
    Floor.of(program, multiplyAdds, isCold, target.file()).addTo(node);
    cold.addTo(node.putObject("cold"));
    warm.addTo(node.putObject("warm"));
  }

  /// Bytes that a graph reads and writes: inputs, outputs, and constants but for biases. The peers
  /// count in the same way.
  static long bytes(Graph graph) {
    long bytes = 0;
    for (Value input : graph.inputs()) {
      bytes += input.type().bytes();
    }
    for (Graph.Output output : graph.outputs()) {
      bytes += output.value().type().bytes();
    }
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant && constant.tensor().shape().size() > 1) {
        bytes += constant.tensor().data().byteSize();
      }
    }
    return bytes;
  }

  /// Why the kernel that computes a value is what it is.
  private static Decision decision(Program program, Value varied) {
    return program.launches().stream()
        .filter(launch ->
            launch.arguments().getLast() instanceof Argument.Activation(Value result)
                && result == varied)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no launch computes " + varied))
        .kernel()
        .decision();
  }
}
