package dev.tuckerc.codegen;

import dev.tuckerc.ir.Convolution;
import java.util.List;

/// Convolutions, as implicit matrix products.
final class ConvolutionLowering implements OpLowering<Convolution> {

  @Override
  public List<Candidate> candidates(Convolution op, LoweringContext context) {
    GemmProblem problem = GemmProblems.of(op, context);
    List<Candidate> tensorCore = GemmMma.candidates(problem, context);
    return tensorCore.isEmpty() ? GemmSimt.candidates(problem, context) : tensorCore;
  }
}
