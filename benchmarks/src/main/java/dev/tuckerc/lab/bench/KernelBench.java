package dev.tuckerc.lab.bench;

import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Measures kernel cases.
final class KernelBench {
  private final Device device;
  private final Effort effort;
  private final KernelCompiler compiler;
  private final DeviceDescription target;
  private final int candidates;

  /// @param candidates how many of each case's best-predicted candidates are measured
  KernelBench(
      Device device,
      Effort effort,
      KernelCompiler compiler,
      DeviceDescription target,
      int candidates) {
    this.device = device;
    this.effort = effort;
    this.compiler = compiler;
    this.target = target;
    this.candidates = candidates;
  }

  /// Measures one case: its candidates one after another, the best-predicted first, while there is
  /// time.
  KernelResult measure(KernelCase one, Budget budget) {
    KernelCase.Instance instance = one.build();
    long multiplyAdds = GraphFigures.of(instance.graph()).multiplyAdds();
    List<Program> programs =
        CodeGenerator.best(instance.graph(), Set.of(), target, instance.varied(), candidates);
    List<CompiledProgram> compiled = CompiledProgram.of(programs, compiler, target.architecture());
    List<KernelResult.Candidate> measured = new ArrayList<>();
    for (int rank = 0; rank < compiled.size(); rank++) {
      if (rank == 0 || budget.allows(one.name() + "#" + rank)) {
        measured.add(candidate(instance, compiled.get(rank), rank, multiplyAdds));
      }
    }
    return new KernelResult(one, multiplyAdds, measured);
  }

  private KernelResult.Candidate candidate(
      KernelCase.Instance instance, CompiledProgram program, int rank, long multiplyAdds) {
    double predicted = predicted(program.program());
    int chain = effort.chain(predicted);
    Stopwatch stopwatch = new Stopwatch(device, effort);
    try (LoadedProgram loaded = LoadedProgram.load(device, instance.graph(), program)) {
      long bytes = loaded.bytesOfCopy();
      int count = Math.min(chain, effort.copies(bytes));
      List<LoadedProgram.Copy> copies = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        copies.add(loaded.copy(instance.inputs()));
      }
      List<KernelLaunch> rotating = new ArrayList<>();
      List<KernelLaunch> resident = new ArrayList<>();
      for (int i = 0; i < chain; i++) {
        rotating.addAll(copies.get(i % count).launches());
        resident.addAll(copies.getFirst().launches());
      }
      boolean cold = bytes * count > target.l2Bytes();
      Timing graph;
      try (LaunchSequence sequence = device.record(rotating)) {
        graph = stopwatch.measure(List.of(sequence), chain, count, bytes * count);
      }
      Timing warm;
      try (LaunchSequence sequence = device.record(resident)) {
        warm = stopwatch.measure(List.of(sequence), chain, 1, bytes);
      }
      Timing stream;
      try (LaunchSequence sequence = device.queue(rotating)) {
        stream = stopwatch.measure(List.of(sequence), chain, count, bytes * count);
      }
      return new KernelResult.Candidate(
          rank,
          program,
          instance.varied(),
          predicted,
          Floor.of(program.program(), multiplyAdds, cold, target),
          graph,
          warm,
          stream);
    }
  }

  /// Predicted time of one run, in microseconds.
  static double predicted(Program program) {
    double sum = 0;
    for (Launch launch : program.launches()) {
      sum += launch.kernel().decision().estimate().microseconds();
    }
    return sum;
  }
}
