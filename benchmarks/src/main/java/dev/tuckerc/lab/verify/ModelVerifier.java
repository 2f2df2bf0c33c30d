package dev.tuckerc.lab.verify;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Verifies whole models as bundles, against the reference on the decomposed graph in the model's
/// own precision.
final class ModelVerifier {
  private final Sides sides;
  private final KernelCompiler compiler;
  private final DeviceDescription target;

  ModelVerifier(Sides sides, KernelCompiler compiler, DeviceDescription target) {
    this.sides = sides;
    this.compiler = compiler;
    this.target = target;
  }

  /// Verifies models in order, while there is time.
  List<CaseResult> verify(List<ModelCase> models, Budget budget, Progress progress) {
    List<CaseResult> results = new ArrayList<>();
    Pace pace = new Pace();
    for (ModelCase model : models) {
      if (budget.allows(model.name(), pace.expect(model.multiplyAdds()))) {
        long begun = System.nanoTime();
        results.add(verify(model));
        pace.note(model.multiplyAdds(), (System.nanoTime() - begun) / 1e9);
      }
      progress.step(model.name());
    }
    return results;
  }

  private CaseResult verify(ModelCase model) {
    Compilation compilation = model.compile(target, compiler);
    Map<String, Tensor> inputs = model.inputs();
    long begun = System.nanoTime();
    Map<String, Tensor> expected = Interpreter.run(compilation.decomposed(), inputs);
    double referenceSeconds = (System.nanoTime() - begun) / 1e9;
    Comparison.Tolerance tolerance =
        model.precision() == Precision.FP16 ? Comparison.Tolerance.FP16 : Comparison.Tolerance.FP32;
    Bundle bundle = compilation.bundle();
    ThreeWay comparison =
        sides.compare(
            model.name(),
            expected,
            tolerance,
            model.multiplyAdds(),
            device -> run(device, bundle, inputs),
            emulator -> run(emulator, bundle, inputs));
    return new CaseResult(
        model.name(), "model", 0, tolerance, comparison, referenceSeconds, figures(compilation));
  }

  private static Map<String, Tensor> run(Device device, Bundle bundle, Map<String, Tensor> inputs) {
    try (Session session = Session.open(bundle, device, SessionOptions.standard())) {
      return HostTensors.fromHost(session.run(HostTensors.toHost(inputs)));
    }
  }

  private static List<KernelFigures> figures(Compilation compilation) {
    List<KernelFigures> figures = new ArrayList<>();
    for (int i = 0; i < compilation.program().kernels().size(); i++) {
      GeneratedKernel kernel = compilation.program().kernels().get(i);
      KernelRecord record = compilation.bundle().kernels().get(i);
      figures.add(new KernelFigures(kernel, record.resources(), Optional.empty()));
    }
    return figures;
  }
}
