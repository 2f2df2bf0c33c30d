package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The gradient of a convolution with respect to its input: every input element adds its multiple
/// of the kernel to the output.
///
/// Input `[N, I, spatial...]`, weight `[I, O/groups, kernel...]`, bias `[O]`. Output extent: `(in -
/// 1)*stride + span + outputPadding - pads`.
public record ConvolutionTranspose(
    Value input,
    Value weight,
    Optional<Value> bias,
    Window window,
    List<Long> outputPadding,
    long groups)
    implements Op {
  public ConvolutionTranspose {
    outputPadding = List.copyOf(outputPadding);
    if (weight.shape().rank() != window.rank() + 2 || outputPadding.size() != window.rank()) {
      throw new IrException(
          "conv_transpose weight "
              + weight.shape()
              + " does not match a window of rank "
              + window.rank());
    }
    if (!input.shape().dim(1).equals(weight.shape().dim(0))) {
      throw new IrException(
          "conv_transpose input " + input.shape() + " does not match weight " + weight.shape());
    }
  }

  @Override
  public String name() {
    return "conv_transpose";
  }

  @Override
  public List<Value> operands() {
    return Operators.operands(List.of(input, weight), bias, Epilogue.NONE);
  }

  @Override
  public Attributes attributes() {
    return window
        .attributes()
        .with("output_padding", outputPadding)
        .with("groups", groups)
        .withFlag("bias", bias.isPresent());
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>();
    dims.add(input.shape().dim(0));
    dims.add(weight.shape().dim(1).times(groups));
    for (int axis = 0; axis < window.rank(); axis++) {
      long extra =
          window.span(axis)
              + outputPadding.get(axis)
              - window.padBefore().get(axis)
              - window.padAfter().get(axis);
      dims.add(input.shape().dim(axis + 2).plus(-1).times(window.stride().get(axis)).plus(extra));
    }
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static ConvolutionTranspose from(List<Value> operands, Attributes attributes) {
    return new ConvolutionTranspose(
        operands.get(0),
        operands.get(1),
        attributes.flag("bias") ? Optional.of(operands.get(2)) : Optional.empty(),
        Window.from(attributes),
        attributes.integers("output_padding"),
        attributes.integer("groups", 1));
  }
}
