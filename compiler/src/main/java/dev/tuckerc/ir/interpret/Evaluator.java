package dev.tuckerc.ir.interpret;

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
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
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
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Dispatches one operation to the code that computes it.
record Evaluator(Accumulation accumulation) {

  Tensor evaluate(Op declared, List<Tensor> x) {
    Op op = bind(declared, x);
    List<Long> shape = op.resultType().shape().extents();
    return switch (op) {
      case Constant constant -> constant.tensor();
      case Convolution conv ->
          finish(Convolutions.forward(conv, x, shape, accumulation), conv.epilogue(), x, shape);
      case BasisConvolution conv ->
          finish(
              BasisConvolutions.forward(conv, x, shape, accumulation), conv.epilogue(), x, shape);
      case ConvolutionTranspose conv -> Convolutions.transposed(conv, x, shape, accumulation);
      case MatMul matMul ->
          finish(MatrixProducts.matMul(x, shape, accumulation), matMul.epilogue(), x, shape);
      case Pointwise pointwise -> ScalarProgram.of(pointwise.body(), x).run(x, shape);
      case Pool pool -> Pooling.pool(pool, x.getFirst(), shape);
      case Recurrence recurrence -> Recurrences.run(recurrence, x, shape);
      case Reduce reduce -> Reductions.reduce(reduce, x.getFirst(), shape);
      case ArgPool pool -> Pooling.argPool(pool, x.getFirst(), shape);
      case ArgReduce reduce -> Reductions.argReduce(reduce, x.getFirst(), shape);
      case Softmax softmax -> Reductions.softmax(softmax, x.getFirst());
      case CumulativeSum sum -> Reductions.cumulativeSum(sum, x.getFirst());
      case BatchNormalization norm -> Normalizations.batch(norm, x);
      case LocalResponseNormalization norm -> Normalizations.localResponse(norm, x.getFirst());
      case Resize resize -> Resizing.resize(resize, x.getFirst(), shape);
      case Pad pad -> Movement.pad(pad, x.getFirst(), shape);
      case Slice slice -> Movement.slice(slice, x.getFirst(), shape);
      case Transpose transpose -> Movement.transpose(transpose, x.getFirst(), shape);
      case Broadcast _ -> Movement.broadcast(x.getFirst(), shape);
      case Concat concat -> Movement.concat(x, (int) concat.axis(), shape);
      case Gather gather -> Movement.gather(x.get(0), x.get(1), (int) gather.axis(), shape);
      case Scatter scatter -> Scattering.scatter(scatter, x, shape);
      case Reshape _ -> x.getFirst().reshape(shape);
      case Relayout _ -> x.getFirst();
      case Region _ -> throw new IrException("a region is run node by node, not as one operation");
    };
  }

  /// The operation on operands of the tensors' own shapes, which validates them.
  private static Op bind(Op op, List<Tensor> tensors) {
    List<Value> operands = op.operands();
    List<Value> bound = new ArrayList<>();
    boolean same = true;
    for (int i = 0; i < tensors.size(); i++) {
      Value operand = operands.get(i);
      Tensor tensor = tensors.get(i);
      if (operand.type().elementType() != tensor.type()) {
        throw new IrException(
            "operand "
                + i
                + " of "
                + op.name()
                + " is "
                + operand.type()
                + ", not "
                + tensor.type());
      }
      Shape shape = Shape.of(tensor.shape());
      if (operand.shape().equals(shape)) {
        bound.add(operand);
      } else {
        bound.add(new Value(operand.name(), TensorType.of(tensor.type(), shape)));
        same = false;
      }
    }
    return same ? op : op.withOperands(bound);
  }

  /// Applies an epilogue whose operands are the last of `operands`.
  private static Tensor finish(
      Tensor result, Epilogue epilogue, List<Tensor> operands, List<Long> shape) {
    if (epilogue.isIdentity()) {
      return result;
    }
    List<Tensor> arguments = new ArrayList<>();
    arguments.add(result);
    arguments.addAll(
        operands.subList(operands.size() - epilogue.operands().size(), operands.size()));
    return ScalarProgram.of(epilogue.body(), arguments).run(arguments, shape);
  }
}
