package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.F64;
import static dev.tuckerc.tensor.DataType.I32;
import static dev.tuckerc.tensor.DataType.I64;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Operators that fold elements along axes, and those that sort them.
final class ReductionKinds {
  private ReductionKinds() {}

  static void addTo(List<Kind> kinds) {
    for (String name :
        List.of(
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSum",
            "ReduceLogSumExp")) {
      kinds.add(new Kind(name, d -> reduce(d, name)));
    }
    for (String name : List.of("ArgMax", "ArgMin")) {
      kinds.add(new Kind(name, d -> argument(d, name)));
    }
    kinds.add(
        new Kind(
            "CumSum",
            d -> {
              int rank = d.between(1, 3);
              return OperatorInstance.of("CumSum", 14)
                  .input(d.numbers(d.pick(F32, F64, I32, I64), d.shape(rank)))
                  .constant(Tensor.ofLongs(List.of(), d.axis(rank)))
                  .with("exclusive", d.coin())
                  .with("reverse", d.coin());
            }));
    kinds.add(new Kind("TopK", ReductionKinds::topK));
  }

  private static OperatorInstance reduce(Draw d, String name) {
    int rank = d.between(1, 4);
    boolean positive = name.equals("ReduceLogSum");
    DataType type = positive || name.equals("ReduceLogSumExp") ? F32 : d.pick(F32, F64, I32);
    Tensor data = positive ? d.floats(F32, d.shape(rank), 0.1, 2) : d.numbers(type, d.shape(rank));
    if (name.equals("ReduceProd") && !type.isFloat()) {
      // Where a product overflows, ONNX Runtime gives the largest integer.
      data = d.integers(type, data.shape(), 1, 1);
      data.setLong(0, -7);
    }
    boolean axesAsInput = d.coin();
    OperatorInstance instance = OperatorInstance.of(name, axesAsInput ? 18 : 11).input(data);
    List<Long> axes = d.axes(rank, 1);
    if (d.between(0, 4) > 0) {
      if (axesAsInput) {
        instance.longs(axes);
      } else {
        instance.with("axes", axes);
      }
    } else if (axesAsInput && d.coin()) {
      instance.with("noop_with_empty_axes", true);
    }
    return instance.with("keepdims", d.coin());
  }

  private static OperatorInstance argument(Draw d, String name) {
    int rank = d.between(1, 4);
    // Few different numbers, so that there are equal ones.
    Tensor data = d.integers(d.pick(F32, I32), d.extents(rank, 1, 9), -2, 2);
    return OperatorInstance.of(name, 13)
        .input(data)
        .with("axis", d.axis(rank))
        .with("keepdims", d.coin())
        .with("select_last_index", d.coin());
  }

  private static OperatorInstance topK(Draw d) {
    int rank = d.between(1, 3);
    List<Long> shape = d.extents(rank, 1, 8);
    long axis = d.axis(rank);
    long extent = shape.get((int) (axis < 0 ? axis + rank : axis));
    return OperatorInstance.of("TopK", 11)
        .input(d.integers(d.pick(F32, I64), shape, -4, 4))
        .longs(d.between(1, (int) extent))
        .with("axis", axis)
        .with("largest", d.coin())
        .outputs(2);
  }
}
