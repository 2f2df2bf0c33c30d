package dev.tuckerc.ir;

import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes operations from their name, operands and attributes: the inverse of what [Op] exposes.
public final class Operators {
  private Operators() {}

  /// The operation of this name.
  ///
  /// @throws IrException when the name is unknown, or operands or attributes do not fit
  public static Op create(String name, List<Value> operands, Attributes attributes) {
    return switch (name) {
      case "arg_pool" -> ArgPool.from(checked(name, operands, 1), attributes);
      case "arg_reduce" -> ArgReduce.from(checked(name, operands, 1), attributes);
      case "basis_conv" -> BasisConvolution.from(checked(name, operands, 3), attributes);
      case "batch_norm" -> BatchNormalization.from(checked(name, operands, 5), attributes);
      case "broadcast" -> Broadcast.from(checked(name, operands, 1), attributes);
      case "conv" -> Convolution.from(checked(name, operands, 2), attributes);
      case "conv_transpose" -> ConvolutionTranspose.from(checked(name, operands, 2), attributes);
      case "cumulative_sum" -> CumulativeSum.from(checked(name, operands, 1), attributes);
      case "gather" -> Gather.from(checked(name, operands, 2), attributes);
      case "lrn" -> LocalResponseNormalization.from(checked(name, operands, 1), attributes);
      case "matmul" -> MatMul.from(checked(name, operands, 2), attributes);
      case "pad" -> Pad.from(checked(name, operands, 1), attributes);
      case "pool" -> Pool.from(checked(name, operands, 1), attributes);
      case "recurrence" -> Recurrence.from(checked(name, operands, 4), attributes);
      case "reduce" -> Reduce.from(checked(name, operands, 1), attributes);
      case "region" -> new Region(operands, attributes.block("body"));
      case "reshape" -> Reshape.from(checked(name, operands, 1), attributes);
      case "resize" -> Resize.from(checked(name, operands, 1), attributes);
      case "scatter" -> Scatter.from(checked(name, operands, 3), attributes);
      case "slice" -> Slice.from(checked(name, operands, 1), attributes);
      case "softmax" -> Softmax.from(checked(name, operands, 1), attributes);
      case "transpose" -> Transpose.from(checked(name, operands, 1), attributes);
      case "concat" -> new Concat(operands, attributes.integer("axis"));
      case "constant" -> new Constant(attributes.text("label"), data(attributes));
      case "pointwise" -> new Pointwise(operands, attributes.body("body"));
      case "relayout" -> new Relayout(checked(name, operands, 1).getFirst());
      default -> throw new IrException("unknown operation '" + name + "'");
    };
  }

  /// Operands in the order of the text form: own ones, bias, those of the epilogue.
  static List<Value> operands(List<Value> own, Optional<Value> bias, Epilogue epilogue) {
    List<Value> all = new ArrayList<>(own);
    bias.ifPresent(all::add);
    all.addAll(epilogue.operands());
    return List.copyOf(all);
  }

  private static List<Value> checked(String name, List<Value> operands, int least) {
    if (operands.size() < least) {
      throw new IrException(
          name + " needs at least " + least + " operands, not " + operands.size());
    }
    return operands;
  }

  private static Tensor data(Attributes attributes) {
    if (attributes.find("value").orElse(null) instanceof Attribute.Data(Tensor tensor)) {
      return tensor;
    }
    throw new IrException("constant without a value");
  }
}
