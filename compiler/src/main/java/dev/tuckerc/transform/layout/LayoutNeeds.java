package dev.tuckerc.transform.layout;

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
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
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
import dev.tuckerc.ir.Value;

/// What operations ask of the layouts of their operands and results of rank 4.
final class LayoutNeeds {
  /// A wish for a layout.
  enum Need {
    /// Channels last.
    CHANNELS_LAST,
    /// Row-major.
    ROW_MAJOR,
    /// Any layout will do.
    ANY
  }

  static final int RANK = 4;

  private LayoutNeeds() {}

  /// What a node asks of its result.
  static Need ofResult(Node node) {
    return node.result().shape().rank() == RANK ? ofKind(node.op()) : Need.ROW_MAJOR;
  }

  /// What a node asks of one of its operands.
  static Need ofOperand(Node node, int index) {
    Value operand = node.op().operands().get(index);
    if (operand.shape().rank() != RANK) {
      return Need.ANY;
    }
    return switch (node.op()) {
      case Convolution conv -> index == 0 ? Need.CHANNELS_LAST : ofConvolution(conv, operand);
      case BasisConvolution _, ConvolutionTranspose _ -> index == 0 ? Need.CHANNELS_LAST : Need.ANY;
      default -> ofKind(node.op());
    };
  }

  /// A residual is best read in the order in which the result is written; the weight has its own
  /// packing, and what is broadcast is small.
  private static Need ofConvolution(Convolution conv, Value operand) {
    boolean residual =
        conv.epilogue().operands().contains(operand)
            && operand.shape().equals(conv.resultType().shape());
    return residual ? Need.CHANNELS_LAST : Need.ANY;
  }

  private static Need ofKind(Op op) {
    return switch (op) {
      case Convolution _,
          BasisConvolution _,
          ConvolutionTranspose _,
          Pool _,
          ArgPool _,
          LocalResponseNormalization _,
          Resize _ ->
          Need.CHANNELS_LAST;
      case Constant _, MatMul _, Reshape _, Gather _, CumulativeSum _, Recurrence _, Scatter _ ->
          Need.ROW_MAJOR;
      case Region _ -> throw new IrException("regions are formed after layouts are assigned");
      case ArgReduce _,
          BatchNormalization _,
          Broadcast _,
          Concat _,
          Pad _,
          Pointwise _,
          Reduce _,
          Relayout _,
          Slice _,
          Softmax _,
          Transpose _ ->
          Need.ANY;
    };
  }
}
