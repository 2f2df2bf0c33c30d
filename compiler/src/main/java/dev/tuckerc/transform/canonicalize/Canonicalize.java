package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.rewrite.RewriteRule;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.List;

/// The first pass: brings a model to its plain form.
public final class Canonicalize {
  private Canonicalize() {}

  /// The pass.
  public static Pass pass(ConstantEvaluator evaluator) {
    return new Rewriter("canonicalize", rules(evaluator));
  }

  /// Its rules, in the order in which they are tried on a node.
  public static List<RewriteRule> rules(ConstantEvaluator evaluator) {
    return List.of(
        new RemoveIdentity(),
        new FoldConstants(evaluator),
        new SimplifyPointwise(evaluator, true),
        new BatchNormToScaleShift(),
        new FoldScaleIntoConv(evaluator),
        new FoldScaleIntoMatMul(evaluator),
        new ComposeReshapes(),
        new ComposeTransposes(),
        new TransposeToReshape(),
        new ComposeSlices(),
        new FlattenConcat(),
        new BroadcastIntoPointwise(),
        new PadIntoConv(),
        new PadIntoPool());
  }
}
