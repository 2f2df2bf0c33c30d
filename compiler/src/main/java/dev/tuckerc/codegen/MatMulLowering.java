package dev.tuckerc.codegen;

import dev.tuckerc.ir.MatMul;
import java.util.List;

/// Matrix products.
final class MatMulLowering implements OpLowering<MatMul> {

  @Override
  public List<Candidate> candidates(MatMul op, LoweringContext context) {
    GemmProblem problem = GemmProblems.of(op, context);
    return GemmSimt.candidates(problem, context);
  }
}
