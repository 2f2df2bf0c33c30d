package dev.tuckerc.transform.search;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.fuse.FuseEpilogues;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.precision.LowerPrecision;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The dense network as it is when kernels are formed: with the element types, epilogues and
/// layouts that later passes give it. What takes the place of a layer inherits them, so that the
/// costs of a plan are those of the kernels to come.
///
/// @param layers the node of every layer that is left
public record CompiledGraph(Graph graph, Map<Layer.Key, Node> layers) {
  public static CompiledGraph of(Graph graph, Precision precision) {
    PassContext context = PassContext.of(precision);
    Graph current = graph;
    for (Pass pass :
        List.of(
            new LowerPrecision(),
            new FuseEpilogues(ConstantEvaluator.REFERENCE),
            new AssignLayouts())) {
      current = pass.run(current, context);
    }
    return new CompiledGraph(current, Layer.nodes(current));
  }

  Optional<Node> node(Layer layer) {
    return Optional.ofNullable(layers.get(layer.key()));
  }
}
