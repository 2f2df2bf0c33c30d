package dev.tuckerc.codegen;

import dev.tuckerc.ir.MatMul;
import java.util.ArrayList;
import java.util.List;

/// Matrix products.
final class MatMulLowering implements OpLowering<MatMul> {

  @Override
  public List<Candidate> candidates(MatMul op, LoweringContext context) {
    GemmProblem problem = GemmProblems.of(op, context);
    List<Candidate> tensorCore = GemmMma.candidates(problem, context);
    List<Candidate> candidates =
        new ArrayList<>(tensorCore.isEmpty() ? GemmSimt.candidates(problem, context) : tensorCore);
    candidates.addAll(GemvSimt.candidates(problem, context));
    return candidates;
  }
}
