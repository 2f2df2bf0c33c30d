package dev.tuckerc.transform.fuse;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.canonicalize.ExpressionSimplifier;
import dev.tuckerc.transform.canonicalize.RemoveIdentity;
import dev.tuckerc.transform.canonicalize.SimplifyPointwise;
import dev.tuckerc.transform.rewrite.RewriteRule;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.List;

/// The fusion pass: pointwise operations into each other and into convolutions and products.
///
/// In half precision a value that is only passed on inside a fused kernel is not rounded to half
/// and back.
///
/// @param evaluator computes constant parts of fused expressions
public record FuseEpilogues(ConstantEvaluator evaluator) implements Pass {
  @Override
  public String name() {
    return "fuse-epilogues";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    boolean keepRoundings = context.precision() == Precision.FP32;
    return new Rewriter(name(), rules(evaluator, keepRoundings)).run(graph, context);
  }

  /// The rules, in the order in which they are tried on a node.
  public static List<RewriteRule> rules(ConstantEvaluator evaluator, boolean keepRoundings) {
    return List.of(
        new RemoveIdentity(),
        new SimplifyPointwise(evaluator, keepRoundings),
        new SimplifyEpilogue(new ExpressionSimplifier(evaluator, keepRoundings)),
        new FuseEpilogue(),
        new FusePointwise());
  }
}
