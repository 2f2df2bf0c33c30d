package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Verifies kernel cases.
final class CaseVerifier {
  /// Cases whose kernels are compiled together, so that the compiler has work for all cores.
  private static final int BATCH = 16;

  private final Sides sides;
  private final KernelCompiler compiler;
  private final DeviceDescription target;
  private final int candidates;

  /// @param target what the kernels are chosen and compiled for
  /// @param candidates how many candidates of each case's varied kernel are verified, from the best
  ///   to the worst
  CaseVerifier(Sides sides, KernelCompiler compiler, DeviceDescription target, int candidates) {
    this.sides = sides;
    this.compiler = compiler;
    this.target = target;
    this.candidates = candidates;
  }

  /// A case ready to run.
  private record Prepared(
      KernelCase one, KernelCase.Instance instance, List<CompiledProgram> programs) {}

  /// Verifies cases in order, while there is time.
  List<CaseResult> verify(List<KernelCase> cases, Budget budget, Progress progress) {
    List<CaseResult> results = new ArrayList<>();
    Pace pace = new Pace();
    for (int start = 0; start < cases.size(); start += BATCH) {
      List<KernelCase> batch = cases.subList(start, Math.min(start + BATCH, cases.size()));
      List<KernelCase> affordable = new ArrayList<>();
      for (KernelCase one : batch) {
        if (budget.allows(one.name(), pace.expect(one.work()))) {
          affordable.add(one);
        }
      }
      for (Prepared prepared : prepare(affordable)) {
        String name = prepared.one().name();
        if (budget.allows(name, pace.expect(prepared.one().work()))) {
          long begun = System.nanoTime();
          results.addAll(verify(prepared));
          double seconds = (System.nanoTime() - begun) / 1e9;
          pace.note(prepared.one().work(), seconds);
        }
        progress.step(name);
      }
    }
    return results;
  }

  private List<Prepared> prepare(List<KernelCase> cases) {
    List<KernelCase.Instance> instances = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    List<Program> programs = new ArrayList<>();
    for (KernelCase one : cases) {
      KernelCase.Instance instance = one.build();
      List<Program> some =
          CodeGenerator.alternatives(
              instance.graph(), Set.of(), target, instance.varied(), candidates);
      instances.add(instance);
      counts.add(some.size());
      programs.addAll(some);
    }
    List<CompiledProgram> compiled = CompiledProgram.of(programs, compiler, target.architecture());
    List<Prepared> prepared = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < cases.size(); i++) {
      int end = next + counts.get(i);
      prepared.add(new Prepared(cases.get(i), instances.get(i), compiled.subList(next, end)));
      next = end;
    }
    return prepared;
  }

  private List<CaseResult> verify(Prepared prepared) {
    KernelCase one = prepared.one();
    KernelCase.Instance instance = prepared.instance();
    long begun = System.nanoTime();
    Map<String, Tensor> expected = Interpreter.run(instance.graph(), instance.inputs());
    double referenceSeconds = (System.nanoTime() - begun) / 1e9;
    List<CaseResult> results = new ArrayList<>();
    for (int i = 0; i < prepared.programs().size(); i++) {
      CompiledProgram program = prepared.programs().get(i);
      Map<String, KernelCounters> counted = new LinkedHashMap<>();
      ThreeWay comparison =
          sides.compare(
              one.name(),
              expected,
              one.tolerance(),
              one.work(),
              device -> run(device, instance, program),
              emulator -> runCounting(emulator, instance, program, counted));
      results.add(
          new CaseResult(
              one.name(),
              one.name().substring(0, one.name().indexOf('/')),
              i,
              one.tolerance(),
              comparison,
              referenceSeconds,
              KernelFigures.of(program, counted)));
    }
    return results;
  }

  private static Map<String, Tensor> run(
      Device device, KernelCase.Instance instance, CompiledProgram program) {
    try (LoadedProgram loaded = LoadedProgram.load(device, instance.graph(), program)) {
      LoadedProgram.Copy copy = loaded.copy(instance.inputs());
      copy.launches().forEach(device::launch);
      return copy.outputs();
    }
  }

  private static Map<String, Tensor> runCounting(
      EmulatedDevice emulator,
      KernelCase.Instance instance,
      CompiledProgram program,
      Map<String, KernelCounters> counted) {
    try (LoadedProgram loaded = LoadedProgram.load(emulator, instance.graph(), program)) {
      LoadedProgram.Copy copy = loaded.copy(instance.inputs());
      for (KernelLaunch launch : copy.launches()) {
        emulator.launch(launch);
        emulator.synchronize();
        counted.putIfAbsent(launch.kernel().name(), emulator.lastCounters());
      }
      return copy.outputs();
    }
  }
}
