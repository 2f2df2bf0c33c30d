package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `y[n,o,p] = epilogue(bias[o] + sum_{i,t} x[n,i,p*stride + t*dilation - pad] * w[o,i,t])`
///
/// Input `[N, I, spatial...]`, weight `[O, I/groups, kernel...]`, bias `[O]`.
public record Convolution(
    Value input, Value weight, Optional<Value> bias, Window window, long groups, Epilogue epilogue)
    implements Op {
  public Convolution {
    Shape in = input.shape();
    Shape w = weight.shape();
    if (in.rank() < 3 || w.rank() != in.rank()) {
      throw new IrException(
          "conv needs an input of rank 3 or more and a weight of equal rank, not "
              + in
              + " and "
              + w);
    }
    if (!w.dims().subList(2, w.rank()).equals(Shape.of(window.kernel()).dims())) {
      throw new IrException("conv weight " + w + " does not match the kernel " + window.kernel());
    }
    if (groups < 1 || w.extent(0) % groups != 0) {
      throw new IrException(
          "conv groups " + groups + " do not divide the " + w.dim(0) + " output channels");
    }
    if (in.dim(1).isKnown() && in.extent(1) != w.extent(1) * groups) {
      throw new IrException(
          "conv input "
              + in
              + " has "
              + in.dim(1)
              + " channels but weight "
              + w
              + " with "
              + groups
              + " groups needs "
              + w.extent(1) * groups);
    }
    if (bias.isPresent() && !bias.get().shape().equals(Shape.of(w.extent(0)))) {
      throw new IrException(
          "conv bias " + bias.get().shape() + " does not match " + w.dim(0) + " output channels");
    }
  }

  @Override
  public String name() {
    return "conv";
  }

  @Override
  public List<Value> operands() {
    return Operators.operands(List.of(input, weight), bias, epilogue);
  }

  @Override
  public Attributes attributes() {
    return window
        .attributes()
        .with("groups", groups)
        .withFlag("bias", bias.isPresent())
        .withEpilogue(epilogue);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>();
    dims.add(input.shape().dim(0));
    dims.add(weight.shape().dim(0));
    for (int axis = 0; axis < window.rank(); axis++) {
      dims.add(window.output(axis, input.shape().dim(axis + 2), false));
    }
    return epilogue.apply(TensorType.of(input.type().elementType(), new Shape(dims)));
  }

  static Convolution from(List<Value> operands, Attributes attributes) {
    boolean bias = attributes.flag("bias");
    return new Convolution(
        operands.get(0),
        operands.get(1),
        bias ? Optional.of(operands.get(2)) : Optional.empty(),
        Window.from(attributes),
        attributes.integer("groups", 1),
        attributes.epilogue(operands, bias ? 3 : 2));
  }
}
