package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.BOOL;
import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.F64;
import static dev.tuckerc.tensor.DataType.I32;
import static dev.tuckerc.tensor.DataType.I64;
import static dev.tuckerc.tensor.DataType.I8;
import static dev.tuckerc.tensor.DataType.U8;

import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Operators that work element by element.
final class ElementwiseKinds {
  private ElementwiseKinds() {}

  static void addTo(List<Kind> kinds) {
    for (String name : List.of("Sqrt", "Log", "Reciprocal")) {
      unary(kinds, name, 0.1, 3);
    }
    for (String name : List.of("Asin", "Acos", "Atanh")) {
      unary(kinds, name, -0.95, 0.95);
    }
    unary(kinds, "Acosh", 1.01, 4);
    for (String name :
        List.of(
            "Exp",
            "Floor",
            "Ceil",
            "Round",
            "Erf",
            "Sin",
            "Cos",
            "Tan",
            "Atan",
            "Sinh",
            "Cosh",
            "Asinh",
            "Sigmoid",
            "Tanh",
            "Softplus",
            "Softsign",
            "HardSwish",
            "IsNaN",
            "IsInf")) {
      unary(kinds, name, -1.5, 1.5);
    }
    for (String name : List.of("Neg", "Abs", "Sign", "Relu")) {
      kinds.add(
          new Kind(
              name,
              d ->
                  OperatorInstance.of(name, 14)
                      .input(d.numbers(d.pick(F32, F64, I32, I8), d.shape(d.between(0, 4))))));
    }
    for (String name : List.of("Add", "Sub", "Mul", "Div")) {
      kinds.add(new Kind(name, d -> arithmetic(d, name)));
    }
    for (String name : List.of("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal")) {
      kinds.add(new Kind(name, d -> pair(d, name, 16, d.pick(F32, F64, I32, I64))));
    }
    for (String name : List.of("And", "Or", "Xor")) {
      kinds.add(new Kind(name, d -> pair(d, name, 13, BOOL)));
    }
    for (String name : List.of("BitwiseAnd", "BitwiseOr", "BitwiseXor")) {
      kinds.add(new Kind(name, d -> pair(d, name, 18, d.pick(I32, I64, U8))));
    }
    kinds.add(
        new Kind("Not", d -> OperatorInstance.of("Not", 13).input(d.numbers(BOOL, d.shape(2)))));
    kinds.add(
        new Kind(
            "BitwiseNot",
            d -> OperatorInstance.of("BitwiseNot", 18).input(d.numbers(I32, d.shape(2)))));
    kinds.add(new Kind("BitShift", ElementwiseKinds::bitShift));
    kinds.add(new Kind("Pow", ElementwiseKinds::power));
    kinds.add(new Kind("Mod", ElementwiseKinds::modulo));
    for (String name : List.of("Sum", "Mean", "Max", "Min")) {
      kinds.add(new Kind(name, d -> variadic(d, name)));
    }
    kinds.add(new Kind("Where", ElementwiseKinds::where));
    kinds.add(new Kind("Clip", ElementwiseKinds::clip));
    kinds.add(new Kind("Cast", ElementwiseKinds::cast));
    activation(kinds, "LeakyRelu", 16, "alpha");
    activation(kinds, "Elu", 6, "alpha");
    activation(kinds, "Selu", 6, "alpha", "gamma");
    activation(kinds, "Celu", 12, "alpha");
    activation(kinds, "ThresholdedRelu", 10, "alpha");
    activation(kinds, "HardSigmoid", 6, "alpha", "beta");
    activation(kinds, "Shrink", 9, "lambd", "bias");
    kinds.add(
        new Kind(
            "Gelu",
            d ->
                OperatorInstance.of("Gelu", 20)
                    .input(d.floats(d.shape(3)))
                    .with("approximate", d.pick("none", "tanh"))));
    kinds.add(new Kind("Mish", d -> OperatorInstance.of("Mish", 18).input(d.floats(d.shape(3)))));
    kinds.add(
        new Kind(
            "PRelu",
            d -> {
              List<Long> shape = d.shape(3);
              return OperatorInstance.of("PRelu", 16)
                  .input(d.floats(shape))
                  .input(d.floats(d.broadcast(shape)));
            }));
    for (String name : List.of("Softmax", "LogSoftmax", "Hardmax")) {
      kinds.add(new Kind(name, d -> softmax(d, name)));
    }
  }

  private static void unary(List<Kind> kinds, String name, double low, double high) {
    kinds.add(
        new Kind(
            name,
            d ->
                OperatorInstance.of(name, 14)
                    .input(d.floats(F32, d.shape(d.between(0, 4)), low, high))));
  }

  private static void activation(List<Kind> kinds, String name, long opset, String... parameters) {
    kinds.add(
        new Kind(
            name,
            d -> {
              OperatorInstance instance =
                  OperatorInstance.of(name, opset).input(d.floats(d.shape(d.between(1, 4))));
              for (String parameter : parameters) {
                if (d.coin()) {
                  instance.with(parameter, d.real(0.1, 1.5));
                }
              }
              return instance;
            }));
  }

  private static OperatorInstance pair(Draw d, String name, long opset, DataType type) {
    List<Long> shape = d.shape(d.between(0, 4));
    List<Long> other = d.broadcast(shape);
    boolean swapped = d.coin();
    return OperatorInstance.of(name, opset)
        .input(d.numbers(type, swapped ? other : shape))
        .input(d.numbers(type, swapped ? shape : other));
  }

  private static OperatorInstance arithmetic(Draw d, String name) {
    DataType type = d.pick(F32, F64, I32, I64);
    List<Long> shape = d.shape(d.between(0, 4));
    Tensor right = d.numbers(type, d.broadcast(shape));
    if (name.equals("Div")) {
      // No division by zero, or by nearly zero.
      for (int i = 0; i < right.size(); i++) {
        if (Math.abs(right.getDouble(i)) < 0.5) {
          right.setDouble(i, 1);
        }
      }
    }
    return OperatorInstance.of(name, 14).input(d.numbers(type, shape)).input(right);
  }

  private static OperatorInstance bitShift(Draw d) {
    DataType type = U8;
    List<Long> shape = d.shape(2);
    return OperatorInstance.of("BitShift", 11)
        .input(d.integers(type, shape, 0, 255))
        .input(d.integers(type, shape, 0, 7))
        .with("direction", d.pick("LEFT", "RIGHT"));
  }

  private static OperatorInstance power(Draw d) {
    List<Long> shape = d.shape(d.between(0, 3));
    if (d.coin()) {
      return OperatorInstance.of("Pow", 15)
          .input(d.floats(F32, shape, 0.2, 3))
          .input(d.floats(F32, d.broadcast(shape), -2, 3));
    }
    return OperatorInstance.of("Pow", 15)
        .input(d.numbers(d.pick(F32, I32, I64), shape))
        .input(d.integers(I64, d.broadcast(shape), 0, 3));
  }

  private static OperatorInstance modulo(Draw d) {
    List<Long> shape = d.shape(d.between(1, 3));
    DataType type = d.pick(F32, I32, I64);
    Tensor divisor = d.numbers(type, shape);
    for (int i = 0; i < divisor.size(); i++) {
      if (Math.abs(divisor.getDouble(i)) < 0.5) {
        divisor.setDouble(i, 3);
      }
    }
    return OperatorInstance.of("Mod", 13)
        .input(d.numbers(type, shape))
        .input(divisor)
        .with("fmod", type == F32 || d.coin());
  }

  private static OperatorInstance variadic(Draw d, String name) {
    List<Long> shape = d.shape(d.between(1, 3));
    boolean integers = (name.equals("Max") || name.equals("Min")) && d.coin();
    OperatorInstance instance = OperatorInstance.of(name, 13);
    for (int i = d.between(1, 4); i > 0; i--) {
      instance.input(d.numbers(integers ? I64 : F32, i == 1 ? shape : d.broadcast(shape)));
    }
    return instance;
  }

  private static OperatorInstance where(Draw d) {
    List<Long> shape = d.shape(d.between(1, 3));
    DataType type = d.pick(F32, I64);
    return OperatorInstance.of("Where", 16)
        .input(d.numbers(BOOL, d.broadcast(shape)))
        .input(d.numbers(type, shape))
        .input(d.numbers(type, d.broadcast(shape)));
  }

  private static OperatorInstance clip(Draw d) {
    OperatorInstance instance =
        OperatorInstance.of("Clip", 13).input(d.floats(d.shape(d.between(1, 3))));
    if (d.coin()) {
      instance.constant(Tensor.scalar(F32, d.real(-2, 0)));
    } else {
      instance.absent();
    }
    return d.coin() ? instance.constant(Tensor.scalar(F32, d.real(0, 2))) : instance;
  }

  private static OperatorInstance cast(Draw d) {
    DataType from = d.pick(F32, F64, I32, I64, I8, U8, BOOL);
    DataType to = d.pick(F32, F64, I32, I64, BOOL);
    return OperatorInstance.of("Cast", 13)
        .input(d.numbers(from, d.shape(d.between(0, 3))))
        .with("to", OnnxTypes.toOnnx(to).getNumber());
  }

  private static OperatorInstance softmax(Draw d, String name) {
    int rank = d.between(1, 4);
    OperatorInstance instance =
        OperatorInstance.of(name, d.pick(11, 13)).input(d.floats(d.shape(rank)));
    return rank > 1 && d.coin() ? instance.with("axis", d.axis(rank)) : instance;
  }
}
