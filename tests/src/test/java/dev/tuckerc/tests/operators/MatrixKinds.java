package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.F64;
import static dev.tuckerc.tensor.DataType.I32;
import static dev.tuckerc.tensor.DataType.I64;
import static dev.tuckerc.tensor.DataType.I8;
import static dev.tuckerc.tensor.DataType.U8;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Matrix products, sums of products, and their quantised forms.
final class MatrixKinds {
  private MatrixKinds() {}

  static void addTo(List<Kind> kinds) {
    kinds.add(new Kind("MatMul", MatrixKinds::matMul));
    kinds.add(new Kind("Gemm", MatrixKinds::gemm));
    kinds.add(new Kind("Einsum", MatrixKinds::einsum));
    kinds.add(new Kind("MatMulInteger", MatrixKinds::matMulInteger));
    kinds.add(new Kind("ConvInteger", MatrixKinds::convInteger));
    kinds.add(new Kind("QLinearMatMul", MatrixKinds::qLinearMatMul));
    kinds.add(new Kind("QLinearConv", MatrixKinds::qLinearConv));
    kinds.add(new Kind("QuantizeLinear", MatrixKinds::quantize));
    kinds.add(new Kind("DequantizeLinear", MatrixKinds::dequantize));
    kinds.add(
        new Kind(
            "DynamicQuantizeLinear",
            d ->
                OperatorInstance.of("DynamicQuantizeLinear", 11)
                    .input(d.floats(d.shape(d.between(1, 3))))
                    .outputs(3)));
  }

  private static OperatorInstance matMul(Draw d) {
    DataType type = d.pick(F32, F64, I32, I64);
    long k = d.between(0, 5);
    List<Long> batch = d.extents(d.between(0, 2), 1, 3);
    List<Long> a = new ArrayList<>(d.coin() ? batch : d.broadcast(batch));
    List<Long> b = new ArrayList<>(d.broadcast(batch));
    a.addAll(List.of((long) d.between(1, 5), k));
    b.addAll(List.of(k, (long) d.between(1, 5)));
    if (d.between(0, 5) == 0) {
      a = new ArrayList<>(List.of(k));
    } else if (d.between(0, 5) == 0) {
      b = new ArrayList<>(List.of(k));
    }
    boolean large = !type.isFloat() && d.coin();
    return OperatorInstance.of("MatMul", 13)
        .input(large ? d.integers(type, a, -30000, 30000) : d.numbers(type, a))
        .input(d.numbers(type, b));
  }

  private static OperatorInstance gemm(Draw d) {
    long m = d.between(1, 5);
    long n = d.between(1, 5);
    long k = d.between(1, 5);
    boolean ta = d.coin();
    boolean tb = d.coin();
    OperatorInstance instance =
        OperatorInstance.of("Gemm", 13)
            .input(d.floats(ta ? List.of(k, m) : List.of(m, k)))
            .input(d.floats(tb ? List.of(k, n).reversed() : List.of(k, n)))
            .with("transA", ta)
            .with("transB", tb);
    if (d.coin()) {
      instance.with("alpha", d.real(-2, 2));
    }
    if (d.coin()) {
      instance.with("beta", d.real(-2, 2));
    }
    return d.coin() ? instance.input(d.floats(d.broadcast(List.of(m, n)))) : instance;
  }

  private static OperatorInstance einsum(Draw d) {
    String letters = "abcd";
    List<Long> extents = d.extents(letters.length(), 1, 4);
    int terms = d.between(1, 3);
    List<String> inputs = new ArrayList<>();
    OperatorInstance instance = OperatorInstance.of("Einsum", 12);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < terms; i++) {
      StringBuilder term = new StringBuilder();
      List<Long> shape = new ArrayList<>();
      int rank = d.between(1, 3);
      for (int axis = 0; axis < rank; axis++) {
        int letter = d.between(0, letters.length() - 1);
        term.append(letters.charAt(letter));
        shape.add(extents.get(letter));
      }
      inputs.add(term.toString());
      all.append(term);
      instance.input(d.numbers(d.pick(F32), shape));
    }
    String equation = String.join(",", inputs);
    if (d.coin()) {
      StringBuilder output = new StringBuilder();
      for (long letter : d.permutation(letters.length())) {
        String label = letters.substring((int) letter, (int) letter + 1);
        if (all.indexOf(label) >= 0 && d.coin()) {
          output.append(label);
        }
      }
      equation += "->" + output;
    }
    return instance.with("equation", equation);
  }

  private static OperatorInstance matMulInteger(Draw d) {
    DataType a = d.pick(U8, I8);
    DataType b = d.pick(U8, I8);
    long k = d.between(1, 40);
    OperatorInstance instance =
        OperatorInstance.of("MatMulInteger", 10)
            .input(bytes(d, a, List.of((long) d.between(1, 4), k)))
            .input(bytes(d, b, List.of(k, (long) d.between(1, 4))));
    return d.coin()
        ? instance.constant(bytes(d, a, List.of())).constant(bytes(d, b, List.of()))
        : instance;
  }

  private static Tensor bytes(Draw d, DataType type, List<Long> shape) {
    return type == U8 ? d.integers(type, shape, 0, 255) : d.integers(type, shape, -128, 127);
  }

  private static OperatorInstance convInteger(Draw d) {
    long channels = d.between(1, 4);
    OperatorInstance instance =
        OperatorInstance.of("ConvInteger", 10)
            .input(bytes(d, U8, List.of(1L, channels, 6L, 6L)))
            .constant(bytes(d, U8, List.of((long) d.between(1, 4), channels, 3L, 3L)))
            .with("pads", d.extents(4, 0, 1));
    return d.coin() ? instance.constant(bytes(d, U8, List.of())) : instance;
  }

  private static OperatorInstance qLinearMatMul(Draw d) {
    long k = d.between(1, 20);
    return OperatorInstance.of("QLinearMatMul", 10)
        .input(bytes(d, U8, List.of((long) d.between(1, 4), k)))
        .constant(Tensor.scalar(F32, 0.125))
        .constant(bytes(d, U8, List.of()))
        .input(bytes(d, U8, List.of(k, (long) d.between(1, 4))))
        .constant(Tensor.scalar(F32, 0.25))
        .constant(bytes(d, U8, List.of()))
        .constant(Tensor.scalar(F32, 32))
        .constant(bytes(d, U8, List.of()));
  }

  private static OperatorInstance qLinearConv(Draw d) {
    long channels = d.between(1, 4);
    long out = d.between(1, 4);
    return OperatorInstance.of("QLinearConv", 10)
        .input(bytes(d, U8, List.of(1L, channels, 6L, 6L)))
        .constant(Tensor.scalar(F32, 0.125))
        .constant(bytes(d, U8, List.of()))
        .constant(bytes(d, U8, List.of(out, channels, 3L, 3L)))
        .constant(Tensor.scalar(F32, 0.25))
        .constant(bytes(d, U8, List.of()))
        .constant(Tensor.scalar(F32, 64))
        .constant(bytes(d, U8, List.of()))
        .constant(d.integers(I32, List.of(out), -1000, 1000))
        .with("pads", d.extents(4, 0, 1));
  }

  private static OperatorInstance quantize(Draw d) {
    DataType type = d.pick(U8, I8);
    return OperatorInstance.of("QuantizeLinear", 13)
        .input(d.floats(d.shape(d.between(1, 4))))
        .constant(Tensor.scalar(F32, 0.015625))
        .constant(bytes(d, type, List.of()));
  }

  private static OperatorInstance dequantize(Draw d) {
    DataType type = d.pick(U8, I8);
    List<Long> shape = d.shape(3);
    OperatorInstance instance =
        OperatorInstance.of("DequantizeLinear", 13).input(bytes(d, type, shape));
    return d.coin()
        ? instance.constant(Tensor.scalar(F32, 0.25)).constant(bytes(d, type, List.of()))
        : instance
            .constant(d.floats(F32, List.of(shape.get(1)), 0.1, 1))
            .constant(bytes(d, type, List.of(shape.get(1))))
            .with("axis", 1);
  }
}
