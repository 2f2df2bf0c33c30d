package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;

/// Maximum or average over a sliding window. Input `[N, C, spatial...]`.
///
/// Padding never wins a maximum. An average divides by the taps inside the input, or, with
/// `countPadding`, by those inside the input and its padding (what `ceil` adds beyond is not
/// counted).
public record Pool(Kind kind, Value input, Window window, boolean ceil, boolean countPadding)
    implements Op {
  /// What is taken over the window.
  public enum Kind {
    MAXIMUM,
    AVERAGE
  }

  public Pool {
    if (input.shape().rank() != window.rank() + 2) {
      throw new IrException("pool window of rank " + window.rank() + " on input " + input.shape());
    }
  }

  @Override
  public String name() {
    return "pool";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return window
        .attributes()
        .with("kind", Attributes.text(kind))
        .withFlag("ceil", ceil)
        .withFlag("count_padding", countPadding);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>(input.shape().dims().subList(0, 2));
    for (int axis = 0; axis < window.rank(); axis++) {
      dims.add(window.output(axis, input.shape().dim(axis + 2), ceil));
    }
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static Pool from(List<Value> operands, Attributes attributes) {
    return new Pool(
        attributes.constant("kind", Kind.class),
        operands.get(0),
        Window.from(attributes),
        attributes.flag("ceil"),
        attributes.flag("count_padding"));
  }
}
