package dev.tuckerc.ir;

import java.util.List;

/// An operation. All but a [Region] have one result. Operands are values; everything else is an
/// attribute.
///
/// Every operation validates its operands and attributes when made, derives its result type, and
/// can be rebuilt from its name, operands and attributes ([Operators#create]), which is all that
/// the printer, the parser and the rewriter need to know of it.
public sealed interface Op
    permits ArgPool,
        ArgReduce,
        BasisConvolution,
        BatchNormalization,
        Broadcast,
        Concat,
        Constant,
        Convolution,
        ConvolutionTranspose,
        CumulativeSum,
        Gather,
        LocalResponseNormalization,
        MatMul,
        Pad,
        Pointwise,
        Pool,
        Recurrence,
        Reduce,
        Region,
        Relayout,
        Reshape,
        Resize,
        Scatter,
        Slice,
        Softmax,
        Transpose {

  /// Name in the text form.
  String name();

  /// All operands, those of the epilogue last.
  List<Value> operands();

  /// All attributes, in printing order; those at their default may be left out.
  Attributes attributes();

  /// Element type and shape of the result, row-major.
  TensorType resultType();

  /// Element types and shapes of all results.
  default List<TensorType> resultTypes() {
    return List.of(resultType());
  }

  /// The same operation on other operands.
  default Op withOperands(List<Value> operands) {
    return Operators.create(name(), operands, attributes());
  }
}
