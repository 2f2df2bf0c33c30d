package dev.tuckerc.training.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// In what the convolutions and matrix products of a model are multiplied; sums are kept in float32
/// within one, weights and their optimizer's state always.
public enum Products {
  FP32,
  /// Operands rounded to bfloat16, results too; what follows a product works on them as they are,
  /// and normalisation in float32 (Micikevicius et al. 2018, with a type whose range needs no
  /// scaled loss: Kalamkar et al. 2019). Pays where the processor has instructions for it.
  BF16;

  /// An operand as it is multiplied. The gradient comes back in the operand's own type.
  Tensor operand(Tensor tensor) {
    return switch (this) {
      case FP32 -> tensor;
      case BF16 -> tensor.to(torch.ScalarType.BFloat16);
    };
  }

  /// A value as those who asked for it take it.
  Tensor result(Tensor tensor) {
    return switch (this) {
      case FP32 -> tensor;
      case BF16 -> tensor.to(torch.ScalarType.Float);
    };
  }
}
