package dev.tuckerc.lab.bench;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.lab.models.ModelCase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Measures whole models.
final class ModelBench {
  private static final int MOST_SESSIONS = 4;

  private final Device device;
  private final Effort effort;
  private final KernelCompiler compiler;
  private final DeviceDescription target;

  ModelBench(Device device, Effort effort, KernelCompiler compiler, DeviceDescription target) {
    this.device = device;
    this.effort = effort;
    this.compiler = compiler;
    this.target = target;
  }

  ModelResult measure(ModelCase model) {
    Compilation compilation = model.compile(target, compiler);
    Bundle bundle = compilation.bundle();
    long bytes = bundle.plan().weightBytes() + bundle.plan().arenaBytes();
    int count = Math.min(MOST_SESSIONS, effort.copies(bytes));
    List<Session> sessions = new ArrayList<>();
    List<LaunchSequence> graphs = new ArrayList<>();
    List<LaunchSequence> queues = new ArrayList<>();
    try {
      Map<String, HostTensor> inputs = HostTensors.toHost(model.inputs());
      for (int i = 0; i < count; i++) {
        Session session = Session.open(bundle, device, SessionOptions.standard());
        sessions.add(session);
        session.run(inputs);
        graphs.add(session.sequence(true));
        queues.add(session.sequence(false));
      }
      Stopwatch stopwatch = new Stopwatch(device, effort);
      Timing graph = stopwatch.measure(graphs, 1, count, bytes * count);
      Timing resident = stopwatch.measure(graphs.subList(0, 1), 1, 1, bytes);
      Timing stream = stopwatch.measure(queues, 1, count, bytes * count);
      long multiplyAdds = ModelCase.multiplyAdds(compilation);
      return new ModelResult(
          model,
          bundle.plan().launches().size(),
          multiplyAdds,
          bundle.plan().weightBytes(),
          bundle.plan().arenaBytes(),
          KernelBench.predicted(compilation.program()),
          Floor.of(compilation.program(), multiplyAdds, bytes * count > target.l2Bytes(), target),
          graph,
          resident,
          stream,
          runs(sessions, inputs));
    } finally {
      graphs.forEach(LaunchSequence::close);
      queues.forEach(LaunchSequence::close);
      sessions.forEach(Session::close);
    }
  }

  private Samples runs(List<Session> sessions, Map<String, HostTensor> inputs) {
    double[] times = new double[effort.hostSamples()];
    for (int i = 0; i < times.length; i++) {
      long start = System.nanoTime();
      sessions.get(i % sessions.size()).run(inputs);
      times[i] = (System.nanoTime() - start) / 1e3;
    }
    return new Samples(times);
  }
}
