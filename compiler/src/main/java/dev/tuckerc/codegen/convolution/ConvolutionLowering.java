package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.gemm.GemmLifting;
import dev.tuckerc.codegen.gemm.GemmMma;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.GemmSimt;
import dev.tuckerc.codegen.gemm.GemvSimt;
import dev.tuckerc.codegen.gemm.GroupMerging;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Convolution;
import java.util.ArrayList;
import java.util.List;

/// Convolutions: as implicit matrix products, and the kernels of their own.
public final class ConvolutionLowering implements OpLowering<Convolution> {

  @Override
  public List<Candidate> candidates(Convolution op, LoweringContext context) {
    return candidates(GemmLifting.of(op, context), context);
  }

  /// All candidates for a convolution in the form of a product.
  public static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    List<Candidate> depthwise = DepthwiseConvolution.candidates(problem, context);
    if (!depthwise.isEmpty()) {
      return depthwise;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (GemmProblem merged : GroupMerging.worthwhile(problem)) {
      List<Candidate> tensorCore = GemmMma.candidates(merged, context);
      candidates.addAll(
          tensorCore.isEmpty() ? GemmSimt.candidates(merged, context) : tensorCore);
    }
    candidates.addAll(TapsConvolution.candidates(problem, context));
    candidates.addAll(GemvSimt.candidates(problem, context));
    return candidates;
  }
}
