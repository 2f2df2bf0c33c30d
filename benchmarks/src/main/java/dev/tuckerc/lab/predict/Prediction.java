package dev.tuckerc.lab.predict;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.bench.Floor;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.transform.memory.Aliases;

/// What the performance model says of one model.
///
/// @param launches of one run
/// @param multiplyAdds of one run, after the passes
/// @param microseconds predicted for one run
/// @param floor below which no program of these steps and bytes can run
record Prediction(
    ModelCase model, int launches, long multiplyAdds, double microseconds, Floor floor) {

  static Prediction of(ModelCase model, DeviceDescription device) {
    Graph graph = model.graph();
    Graph optimized = CompilePipeline.transform(model.request(graph, device), graph).optimized();
    Program program = CodeGenerator.generate(optimized, Aliases.of(optimized).values(), device);
    double microseconds = 0;
    for (Launch launch : program.launches()) {
      microseconds += launch.kernel().decision().estimate().microseconds();
    }
    long multiplyAdds = GraphFigures.of(optimized).multiplyAdds();
    return new Prediction(
        model,
        program.launches().size(),
        multiplyAdds,
        microseconds,
        Floor.of(program, multiplyAdds, true, device));
  }

  /// The fields have the names of those of `lab bench`.
  void addTo(ObjectNode node) {
    node.put("name", model.name());
    node.put("network", model.network().text());
    node.put("precision", model.precision().text());
    node.put("ranks", model.ranks());
    node.put("launches", launches);
    node.put("multiplyAdds", multiplyAdds);
    node.put("predictedMicroseconds", microseconds);
    ObjectNode bounds = node.putObject("floorMicroseconds");
    bounds.put("memory", floor.memory());
    bounds.put("arithmetic", floor.arithmetic());
    bounds.put("steps", floor.steps());
    bounds.put("microseconds", floor.microseconds());
    bounds.put("bound", floor.bound());
  }
}
