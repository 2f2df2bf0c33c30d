package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Where the maximum of each window lies: its index (I64) in the row-major order of the input's
/// spatial axes, the first of equals. A NaN is no maximum unless it is the first tap; a window
/// without a tap inside gives -1.
///
/// @param input `[N, C, spatial...]`
public record ArgPool(Value input, Window window, boolean ceil) implements Op {
  public ArgPool {
    if (input.shape().rank() != window.rank() + 2) {
      throw new IrException("pool window of rank " + window.rank() + " on input " + input.shape());
    }
  }

  @Override
  public String name() {
    return "arg_pool";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return window.attributes().withFlag("ceil", ceil);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>(input.shape().dims().subList(0, 2));
    for (int axis = 0; axis < window.rank(); axis++) {
      dims.add(window.output(axis, input.shape().dim(axis + 2), ceil));
    }
    return TensorType.of(DataType.I64, new Shape(dims));
  }

  static ArgPool from(List<Value> operands, Attributes attributes) {
    return new ArgPool(operands.get(0), Window.from(attributes), attributes.flag("ceil"));
  }
}
