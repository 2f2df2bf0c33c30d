package dev.tuckerc.onnx.content;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Contents of an operation's result, given those of its operands. Covers the operations that shape
/// arithmetic is made of; an empty result means "not known".
public final class ContentsEvaluator {
  private ContentsEvaluator() {}

  /// @param operands the contents of all operands
  static Optional<Contents> evaluate(Op op, List<Contents> operands) {
    TensorType type = op.resultType();
    if (operands.isEmpty() || !type.shape().isStatic() || isLarge(type)) {
      return Optional.empty();
    }
    List<Long> shape = type.shape().extents();
    int size = (int) type.shape().elementCount();
    List<Scalar> elements = new ArrayList<>(size);
    long[] index = new long[shape.size()];
    for (int i = 0; i < size; i++) {
      Optional<Scalar> element = element(op, operands, type.elementType(), shape, index, i);
      if (element.isEmpty()) {
        return Optional.empty();
      }
      elements.add(element.get());
      next(index, shape);
    }
    Set<String> assumed = Contents.assumptions(operands);
    return Optional.of(new Contents(type.elementType(), shape, elements, assumed));
  }

  private static boolean isLarge(TensorType type) {
    long count = 1;
    for (long extent : type.shape().extents()) {
      count *= extent;
      if (count > Contents.LIMIT || extent > Contents.LIMIT) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Scalar> element(
      Op op, List<Contents> operands, DataType type, List<Long> shape, long[] index, int position) {
    Contents first = operands.getFirst();
    return switch (op) {
      case Pointwise pointwise -> {
        List<DataType> types = operands.stream().map(Contents::type).toList();
        List<Scalar> scalars = operands.stream().map(c -> broadcast(c, index)).toList();
        yield ScalarEvaluator.evaluate(pointwise.body(), types, scalars);
      }
      case Reshape _ -> Optional.of(first.elements().get(position));
      case Broadcast _ -> Optional.of(broadcast(first, index));
      case Transpose transpose -> {
        long[] source = new long[index.length];
        for (int axis = 0; axis < index.length; axis++) {
          source[transpose.permutation().get(axis).intValue()] = index[axis];
        }
        yield Optional.of(at(first, source));
      }
      case Slice slice -> {
        long[] source = new long[index.length];
        for (int axis = 0; axis < index.length; axis++) {
          source[axis] = slice.starts().get(axis) + index[axis] * slice.steps().get(axis);
        }
        yield Optional.of(at(first, source));
      }
      case Concat concat -> Optional.of(concatenated(operands, (int) concat.axis(), index));
      case Gather gather -> gathered(first, operands.get(1), (int) gather.axis(), index);
      case Reduce reduce -> reduced(reduce, first, type);
      default -> Optional.empty();
    };
  }

  private static Scalar broadcast(Contents contents, long[] index) {
    int rank = contents.shape().size();
    long[] source = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      long own = index[index.length - rank + axis];
      source[axis] = contents.shape().get(axis) == 1 ? 0 : own;
    }
    return at(contents, source);
  }

  private static Scalar concatenated(List<Contents> operands, int axis, long[] index) {
    long[] source = index.clone();
    for (Contents operand : operands) {
      long extent = operand.shape().get(axis);
      if (source[axis] < extent) {
        return at(operand, source);
      }
      source[axis] -= extent;
    }
    throw new IllegalStateException("index outside the concatenation");
  }

  private static Optional<Scalar> gathered(
      Contents input, Contents indices, int axis, long[] index) {
    int indexRank = indices.shape().size();
    long[] which = new long[indexRank];
    System.arraycopy(index, axis, which, 0, indexRank);
    if (!(at(indices, which) instanceof Scalar.Int(long value))) {
      return Optional.empty();
    }
    long extent = input.shape().get(axis);
    long picked = value < 0 ? value + extent : value;
    if (picked < 0 || picked >= extent) {
      return Optional.empty();
    }
    long[] source = new long[input.shape().size()];
    System.arraycopy(index, 0, source, 0, axis);
    source[axis] = picked;
    System.arraycopy(index, axis + indexRank, source, axis + 1, source.length - axis - 1);
    return Optional.of(at(input, source));
  }

  /// A product of extents (`Size`) and extrema of known elements.
  private static Optional<Scalar> reduced(Reduce reduce, Contents input, DataType type) {
    if (input.shape().size() != 1 || reduce.axes().size() != 1 || input.elements().isEmpty()) {
      return Optional.empty();
    }
    Optional<BinaryFunction> function =
        switch (reduce.kind()) {
          case SUM -> Optional.of(BinaryFunction.ADD);
          case PRODUCT -> Optional.of(BinaryFunction.MULTIPLY);
          case MAXIMUM -> Optional.of(BinaryFunction.MAXIMUM);
          case MINIMUM -> Optional.of(BinaryFunction.MINIMUM);
          case MEAN -> Optional.empty();
        };
    if (function.isEmpty()) {
      return Optional.empty();
    }
    Optional<Scalar> total = Optional.of(input.elements().getFirst());
    for (Scalar element : input.elements().subList(1, input.elements().size())) {
      total = total.flatMap(t -> ScalarEvaluator.combine(function.get(), type, t, element));
    }
    return total;
  }

  private static Scalar at(Contents contents, long[] index) {
    long position = 0;
    for (int axis = 0; axis < index.length; axis++) {
      position = position * contents.shape().get(axis) + index[axis];
    }
    return contents.elements().get((int) position);
  }

  private static void next(long[] index, List<Long> shape) {
    for (int axis = index.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape.get(axis)) {
        return;
      }
      index[axis] = 0;
    }
  }
}
