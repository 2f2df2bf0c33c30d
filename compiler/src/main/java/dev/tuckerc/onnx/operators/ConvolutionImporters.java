package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Convolutions and their transposes, over any number of spatial axes.
public final class ConvolutionImporters {
  private ConvolutionImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("Conv", n -> convolution(n, n.floatInput(0), n.floatInput(1), n.optional(2)));
    registry.add("ConvTranspose", ConvolutionImporters::transposed);
  }

  /// A convolution with the attributes of the node and these operands.
  static Value convolution(OperatorContext node, Value input, Value weight, Optional<Value> bias) {
    sameType(input, weight, bias);
    Window window = Windows.of(node, kernel(node, weight), input.shape());
    long groups = node.attributes().integer("group", 1);
    return node.emit(new Convolution(input, weight, bias, window, groups, Epilogue.NONE));
  }

  /// The weight says what the kernel is; the attribute may only repeat it.
  private static List<Long> kernel(OperatorContext node, Value weight) {
    if (weight.shape().rank() < 3 || !weight.shape().isStatic()) {
      throw new IrException("weight " + weight.type() + " is no convolution weight");
    }
    List<Long> kernel = weight.shape().extents().subList(2, weight.shape().rank());
    List<Long> stated = node.attributes().integers("kernel_shape").orElse(kernel);
    if (!stated.isEmpty() && !stated.equals(kernel)) {
      throw new IrException(
          "attribute 'kernel_shape' is " + stated + " but the weight is " + weight.type());
    }
    return kernel;
  }

  private static void sameType(Value input, Value weight, Optional<Value> bias) {
    if (input.type().elementType() != weight.type().elementType()
        || bias.filter(b -> b.type().elementType() != input.type().elementType()).isPresent()) {
      throw new IrException(
          "input "
              + input.type()
              + " and weight "
              + weight.type()
              + bias.map(b -> " and bias " + b.type()).orElse("")
              + " differ in element type");
    }
  }

  private static Value transposed(OperatorContext node) {
    Value input = node.floatInput(0);
    Value weight = node.floatInput(1);
    Optional<Value> bias = node.optional(2);
    sameType(input, weight, bias);
    List<Long> kernel = kernel(node, weight);
    int rank = kernel.size();
    if (input.shape().rank() != rank + 2) {
      throw new IrException("input " + input.type() + " does not match weight " + weight.type());
    }
    List<Long> stride = Windows.list(node, "strides", rank, 1);
    List<Long> dilation = Windows.list(node, "dilations", rank, 1);
    List<Long> outputPadding = new ArrayList<>(Windows.list(node, "output_padding", rank, 0));
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    String mode = node.attributes().text("auto_pad", "NOTSET");
    List<Long> outputShape = outputShape(node, input.shape(), rank, mode, stride);
    for (int axis = 0; axis < rank; axis++) {
      if (outputShape.isEmpty()) {
        List<Long> pads =
            mode.equals("VALID")
                ? Collections.nCopies(2 * rank, 0L)
                : Windows.list(node, "pads", 2 * rank, 0);
        before.add(pads.get(axis));
        after.add(pads.get(rank + axis));
        continue;
      }
      long span = (kernel.get(axis) - 1) * dilation.get(axis) + 1;
      long full =
          (input.shape().extent(axis + 2) - 1) * stride.get(axis) + span + outputPadding.get(axis);
      long total = full - outputShape.get(axis);
      if (total < 0) {
        // The output is larger than what the input reaches: the rest is zeros at the end.
        outputPadding.set(axis, outputPadding.get(axis) - total);
        total = 0;
      }
      long first = mode.equals("SAME_UPPER") ? total / 2 : total - total / 2;
      before.add(first);
      after.add(total - first);
    }
    if (before.stream().anyMatch(p -> p < 0) || after.stream().anyMatch(p -> p < 0)) {
      throw OperatorContext.unsupported("negative padding");
    }
    Window window = new Window(kernel, stride, before, after, dilation);
    long groups = node.attributes().integer("group", 1);
    if (groups < 1 || weight.shape().extent(0) % groups != 0) {
      throw new IrException("group " + groups + " does not divide the input channels");
    }
    return node.emit(new ConvolutionTranspose(input, weight, bias, window, outputPadding, groups));
  }

  /// The spatial output extents that attributes ask for; empty when pads decide.
  private static List<Long> outputShape(
      OperatorContext node, Shape input, int rank, String mode, List<Long> stride) {
    Optional<List<Long>> stated = node.attributes().integers("output_shape");
    if (stated.isPresent() && !stated.get().isEmpty()) {
      List<Long> shape = stated.get();
      // Some exporters give the batch and channel extents too.
      shape = shape.size() == rank + 2 ? shape.subList(2, rank + 2) : shape;
      if (shape.size() != rank || shape.stream().anyMatch(e -> e < 1)) {
        throw new IrException("attribute 'output_shape' is " + shape);
      }
      return shape;
    }
    List<Long> shape = new ArrayList<>();
    if (mode.equals("SAME_UPPER") || mode.equals("SAME_LOWER")) {
      for (int axis = 0; axis < rank; axis++) {
        shape.add(Math.multiplyExact(input.extent(axis + 2), stride.get(axis)));
      }
    }
    return shape;
  }
}
