package dev.tuckerc.lab.verify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.cli.tensors.Comparison.Tolerance;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Runs a kernel case or a model on a device and compares its outputs with the reference.
final class Verifier implements dev.tuckerc.lab.worker.CaseRunner {
  private final Device device;
  private final KernelCompiler compiler;
  private final DeviceDescription target;
  private final Optional<Path> expected;
  private final Environment environment;

  /// @param target what kernels are chosen and compiled for
  /// @param expected folder with outputs of models that were computed before
  Verifier(
      Device device,
      KernelCompiler compiler,
      DeviceDescription target,
      Optional<Path> expected,
      Environment environment) {
    this.device = device;
    this.compiler = compiler;
    this.target = target;
    this.expected = expected;
    this.environment = environment;
  }

  static Verifier open(LabOptions options, @Nullable Path expected) {
    Device device = options.openDevice().device();
    return new Verifier(
        device,
        options.cachedCompiler(),
        options.target(device.info()).description(),
        Optional.ofNullable(expected),
        Environment.of(device.info(), options.compiler().version()));
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public Outcome run(String name, ObjectNode node) {
    node.put("target", target.name());
    node.put("emulated", environment.emulated());
    return ModelCase.find(name)
        .map(model -> model(model, node))
        .orElseGet(() -> kernel(KernelGrid.named(name), node));
  }

  private Outcome kernel(KernelCase one, ObjectNode node) {
    KernelCase.Instance instance = one.build();
    Program program = CodeGenerator.generate(instance.graph(), Set.of(), target);
    CompiledProgram compiled = CompiledProgram.of(program, compiler, target.architecture());
    ArrayNode kernels = node.putArray("kernels");
    for (int i = 0; i < compiled.compiled().size(); i++) {
      GeneratedKernel kernel = program.kernels().get(i);
      CompiledKernel.Resources used = compiled.compiled().get(i).resources().get(kernel.name());
      ObjectNode each = kernels.addObject();
      each.put("template", kernel.decision().template());
      ObjectNode parameters = each.putObject("parameters");
      kernel.decision().parameters().forEach(parameters::put);
      if (used != null) {
        each.put("registers", used.registers());
        each.put("spillBytes", used.spillStoreBytes() + used.spillLoadBytes());
      }
    }
    Map<String, Tensor> actual;
    try (LoadedProgram loaded = LoadedProgram.load(device, instance.graph(), compiled)) {
      LoadedProgram.Copy copy = loaded.copy(instance.inputs());
      node.put("loaded", loaded.forms().toString());
      copy.launches().forEach(device::launch);
      actual = copy.outputs();
    }
    Map<String, Tensor> reference = Interpreter.run(instance.graph(), instance.inputs());
    return compare(actual, reference, one.tolerance(), node);
  }

  private Outcome model(ModelCase model, ObjectNode node) {
    if (model.large()) {
      node.put("reason", "too large for the reference; peers are held against bench's outputs");
      return Outcome.MISSING;
    }
    Compilation compilation = model.compile(target, compiler);
    Bundle bundle = compilation.bundle();
    node.put("launches", bundle.plan().launches().size());
    Map<String, Tensor> inputs = model.inputs();
    Map<String, Tensor> actual;
    try (Session session = Session.open(bundle, device, SessionOptions.standard())) {
      node.put("loaded", new TreeSet<>(session.forms().values()).toString());
      actual = HostTensors.fromHost(session.run(HostTensors.toHost(inputs)));
    }
    Map<String, Tensor> reference =
        packed(model, actual.keySet())
            .orElseGet(() -> {
              node.put("reference", "computed here");
              return Interpreter.run(compilation.decomposed(), inputs);
            });
    Tolerance tolerance = model.precision() == Precision.FP16 ? Tolerance.FP16 : Tolerance.FP32;
    return compare(actual, reference, tolerance, node);
  }

  /// Outputs that were computed before, if there are any.
  private Optional<Map<String, Tensor>> packed(ModelCase model, Set<String> outputs) {
    return expected
        .map(folder -> folder.resolve(model.stem()).resolve("outputs"))
        .filter(Files::isDirectory)
        .map(folder -> {
          Map<String, Tensor> tensors = new LinkedHashMap<>();
          outputs.forEach(name -> tensors.put(name, NpyFile.read(folder.resolve(name + ".npy"))));
          return tensors;
        });
  }

  /// Holds every expected output against the actual one and writes the worst.
  static Outcome compare(
      Map<String, Tensor> actual,
      Map<String, Tensor> expected,
      Tolerance tolerance,
      ObjectNode node) {
    if (expected.isEmpty()) {
      throw new IllegalArgumentException("nothing to compare");
    }
    boolean agrees = true;
    double ofRange = 0;
    String worst = "";
    for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
      Tensor tensor = actual.get(entry.getKey());
      if (tensor == null) {
        node.put("reason", "the output " + entry.getKey() + " is missing");
        return Outcome.DIFFERS;
      }
      Comparison one = Comparison.of(tensor, entry.getValue(), tolerance);
      if (worst.isEmpty() || one.ofRange() > ofRange || (agrees && !one.agrees())) {
        ofRange = one.ofRange();
        worst = entry.getKey() + ": " + one.worst();
      }
      agrees &= one.agrees();
    }
    if (Double.isFinite(ofRange)) {
      node.put("ofRange", ofRange);
    }
    node.put("relativeTolerance", tolerance.rtol());
    node.put("toleranceOfRange", tolerance.atolOfRange());
    node.put("summary", "%.1e of range".formatted(ofRange));
    if (!agrees) {
      node.put("reason", worst);
    }
    return agrees ? Outcome.DONE : Outcome.DIFFERS;
  }
}
