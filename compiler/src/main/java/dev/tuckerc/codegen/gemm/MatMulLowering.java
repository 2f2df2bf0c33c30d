package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.MatMul;
import java.util.ArrayList;
import java.util.List;

/// Matrix products.
public final class MatMulLowering implements OpLowering<MatMul> {

  @Override
  public List<Candidate> candidates(MatMul op, LoweringContext context) {
    GemmProblem problem = GemmLifting.of(op, context);
    List<Candidate> tensorCore = GemmMma.candidates(problem, context);
    List<Candidate> candidates =
        new ArrayList<>(tensorCore.isEmpty() ? GemmSimt.candidates(problem, context) : tensorCore);
    candidates.addAll(GemvSimt.candidates(problem, context));
    return candidates;
  }
}
