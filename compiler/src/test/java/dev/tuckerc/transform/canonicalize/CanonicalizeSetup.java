package dev.tuckerc.transform.canonicalize;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.testing.GraphBuilder;

/// What the tests of canonicalization share: a graph to build and its canonical form.
abstract class CanonicalizeSetup {
  private static final double ROUNDING = 1e-5;

  final GraphBuilder builder = new GraphBuilder();
  final PassContext context = PassContext.of(Precision.FP32);

  /// The canonical form of a graph.
  Graph canonical(Graph graph) {
    return Canonicalize.pass(ConstantEvaluator.REFERENCE).run(graph, context);
  }

  /// The canonical form of the graph with these results, which must compute the same.
  Graph checked(Value... results) {
    Graph before = builder.graph(results);
    Graph after = canonical(before);
    assertEquivalent(before, after, ROUNDING);
    return after;
  }
}
