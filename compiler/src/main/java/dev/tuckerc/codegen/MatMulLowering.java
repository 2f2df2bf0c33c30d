package dev.tuckerc.codegen;

import dev.tuckerc.ir.MatMul;
import java.util.List;

/// Matrix products.
final class MatMulLowering implements OpLowering<MatMul> {

  @Override
  public List<Candidate> candidates(MatMul op, LoweringContext context) {
    GemmProblem problem = GemmProblems.of(op, context);
    List<Candidate> tensorCore = GemmMma.candidates(problem, context);
    return tensorCore.isEmpty() ? GemmSimt.candidates(problem, context) : tensorCore;
  }
}
