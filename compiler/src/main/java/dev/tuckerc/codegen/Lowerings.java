package dev.tuckerc.codegen;

import dev.tuckerc.codegen.convolution.BasisConvolutionLowering;
import dev.tuckerc.codegen.convolution.ConvolutionLowering;
import dev.tuckerc.codegen.gemm.MatMulLowering;
import dev.tuckerc.codegen.gemm.TransposedProduct;
import dev.tuckerc.codegen.move.BatchNormalizationLowering;
import dev.tuckerc.codegen.move.BroadcastLowering;
import dev.tuckerc.codegen.move.ConcatLowering;
import dev.tuckerc.codegen.move.GatherLowering;
import dev.tuckerc.codegen.move.PadLowering;
import dev.tuckerc.codegen.move.PointwiseLowering;
import dev.tuckerc.codegen.move.RelayoutLowering;
import dev.tuckerc.codegen.move.ReshapeLowering;
import dev.tuckerc.codegen.move.ResizeLowering;
import dev.tuckerc.codegen.move.ScatterLowering;
import dev.tuckerc.codegen.move.SliceLowering;
import dev.tuckerc.codegen.move.TransposeLowering;
import dev.tuckerc.codegen.reduction.ArgPoolLowering;
import dev.tuckerc.codegen.reduction.ArgReduceLowering;
import dev.tuckerc.codegen.reduction.ConvolutionTransposeLowering;
import dev.tuckerc.codegen.reduction.CumulativeSumLowering;
import dev.tuckerc.codegen.reduction.LocalResponseNormalizationLowering;
import dev.tuckerc.codegen.reduction.PoolLowering;
import dev.tuckerc.codegen.reduction.RecurrenceLowering;
import dev.tuckerc.codegen.reduction.ReduceLowering;
import dev.tuckerc.codegen.reduction.SoftmaxLowering;
import dev.tuckerc.codegen.region.RegionLowering;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BasisConvolution;
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
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import java.util.List;
import java.util.stream.Stream;

/// Which lowering serves which operation.
public final class Lowerings {
  private Lowerings() {}

  /// All candidates for the node of a context.
  static List<Candidate> candidates(LoweringContext context) {
    return switch (context.node().op()) {
      case Pointwise op -> new PointwiseLowering().candidates(op, context);
      case Convolution op -> new ConvolutionLowering().candidates(op, context);
      case MatMul op -> new MatMulLowering().candidates(op, context);
      case Constant _ -> throw context.refused("a constant needs no kernel");
      case ArgPool op -> new ArgPoolLowering().candidates(op, context);
      case ArgReduce op -> new ArgReduceLowering().candidates(op, context);
      case BasisConvolution op -> new BasisConvolutionLowering().candidates(op, context);
      case BatchNormalization op -> new BatchNormalizationLowering().candidates(op, context);
      case Broadcast op -> new BroadcastLowering().candidates(op, context);
      case Concat op -> new ConcatLowering().candidates(op, context);
      case ConvolutionTranspose op ->
          Stream.concat(
                  TransposedProduct.of(op, context).stream()
                      .flatMap(
                          problem -> ConvolutionLowering.candidates(problem, context).stream()),
                  new ConvolutionTransposeLowering().candidates(op, context).stream())
              .toList();
      case CumulativeSum op -> new CumulativeSumLowering().candidates(op, context);
      case Gather op -> new GatherLowering().candidates(op, context);
      case LocalResponseNormalization op ->
          new LocalResponseNormalizationLowering().candidates(op, context);
      case Pad op -> new PadLowering().candidates(op, context);
      case Pool op -> new PoolLowering().candidates(op, context);
      case Recurrence op -> new RecurrenceLowering().candidates(op, context);
      case Reduce op -> new ReduceLowering().candidates(op, context);
      case Region op -> new RegionLowering().candidates(op, context);
      case Relayout op -> new RelayoutLowering().candidates(op, context);
      case Reshape op -> new ReshapeLowering().candidates(op, context);
      case Resize op -> new ResizeLowering().candidates(op, context);
      case Scatter op -> new ScatterLowering().candidates(op, context);
      case Slice op -> new SliceLowering().candidates(op, context);
      case Softmax op -> new SoftmaxLowering().candidates(op, context);
      case Transpose op -> new TransposeLowering().candidates(op, context);
    };
  }
}
