package dev.tuckerc.transform.memory;

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

/// Which operations have kernels that read or store a value whose rows lie apart.
final class PitchedOps {
  private PitchedOps() {}

  /// Whether every kernel of an operation can store its results so.
  static boolean stores(Op op) {
    return switch (op) {
      case BasisConvolution _,
          Concat _,
          Convolution _,
          ConvolutionTranspose _,
          Pointwise _,
          Pool _,
          Region _,
          Relayout _,
          Resize _ ->
          true;
      case ArgPool _,
          ArgReduce _,
          BatchNormalization _,
          Broadcast _,
          Constant _,
          CumulativeSum _,
          Gather _,
          LocalResponseNormalization _,
          MatMul _,
          Pad _,
          Recurrence _,
          Reduce _,
          Reshape _,
          Scatter _,
          Slice _,
          Softmax _,
          Transpose _ ->
          false;
    };
  }

  /// Whether every kernel of a node can read an operand so. Weights and biases are packed, or read
  /// as they are.
  static boolean reads(Node node, Value operand) {
    return switch (node.op()) {
      case Convolution op ->
          op.weight() != operand && op.bias().filter(bias -> bias == operand).isEmpty();
      case BasisConvolution op ->
          op.basis() != operand
              && op.coefficients() != operand
              && op.bias().filter(bias -> bias == operand).isEmpty();
      case ConvolutionTranspose op -> op.operands().lastIndexOf(operand) == 0;
      case Region region -> {
        Value inside = region.inside(operand);
        yield region.body().nodes().stream()
            .filter(stage -> stage.op().operands().contains(inside))
            .allMatch(stage -> reads(stage, inside));
      }
      case Concat _, Pointwise _, Pool _, Relayout _, Resize _ -> true;
      case ArgPool _,
          ArgReduce _,
          BatchNormalization _,
          Broadcast _,
          Constant _,
          CumulativeSum _,
          Gather _,
          LocalResponseNormalization _,
          MatMul _,
          Pad _,
          Recurrence _,
          Reduce _,
          Reshape _,
          Scatter _,
          Slice _,
          Softmax _,
          Transpose _ ->
          false;
    };
  }
}
