package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/// Tensors and values for the interpreter's tests.
final class Operands {
  private Operands() {}

  static List<Long> shape(long... extents) {
    return LongStream.of(extents).boxed().toList();
  }

  /// A tensor of any type from row-major numbers.
  static Tensor tensor(DataType type, List<Long> shape, double... values) {
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < values.length; i++) {
      tensor.setDouble(i, values[i]);
    }
    return tensor;
  }

  /// Standard normal numbers, rounded to the type.
  static Tensor random(DataType type, long seed, long... extents) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(type, shape(extents));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, type.isFloat() ? random.nextGaussian() : random.nextInt(-100, 100));
    }
    return tensor;
  }

  /// A value of the tensor's type.
  static Value value(Tensor tensor) {
    return new Value("x", TensorType.of(tensor.type(), Shape.of(tensor.shape())));
  }

  static Tensor evaluate(Op op, Tensor... operands) {
    return Interpreter.evaluate(op, Arrays.asList(operands));
  }
}
