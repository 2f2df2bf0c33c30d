package dev.tuckerc.codegen;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import java.util.List;

/// Which lowering serves which operation.
final class Lowerings {
  private Lowerings() {}

  /// All candidates for the node of a context.
  static List<Candidate> candidates(LoweringContext context) {
    return switch (context.node().op()) {
      case Pointwise op -> new PointwiseLowering().candidates(op, context);
      case Constant _ -> throw context.refused("a constant needs no kernel");
      case ArgReduce _,
          BatchNormalization _,
          Broadcast _,
          Concat _,
          Convolution _,
          ConvolutionTranspose _,
          CumulativeSum _,
          Gather _,
          LocalResponseNormalization _,
          MatMul _,
          Pad _,
          Pool _,
          Reduce _,
          Relayout _,
          Reshape _,
          Resize _,
          Slice _,
          Softmax _,
          Transpose _ ->
          throw context.refused("there is no kernel for this operation");
    };
  }
}
