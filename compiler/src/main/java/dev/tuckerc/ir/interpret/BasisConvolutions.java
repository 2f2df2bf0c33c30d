package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Convolutions by a shared basis, as the plain convolutions that they stand for.
final class BasisConvolutions {
  private BasisConvolutions() {}

  /// No epilogue.
  static Tensor forward(
      BasisConvolution op, List<Tensor> operands, List<Long> shape, Accumulation accumulation) {
    Tensor weight = BasisConvolution.weight(operands.get(1), operands.get(2));
    List<Tensor> own = new ArrayList<>(List.of(operands.getFirst(), weight));
    op.bias().ifPresent(_ -> own.add(operands.get(3)));
    return Convolutions.forward(op.dense(), own, shape, accumulation);
  }
}
