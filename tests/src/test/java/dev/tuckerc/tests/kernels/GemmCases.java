package dev.tuckerc.tests.kernels;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Builder;
import java.util.List;
import java.util.Optional;

/// Convolutions described in one line, for tests.
final class GemmCases {
  private GemmCases() {}

  /// A two-dimensional convolution.
  ///
  /// @param size extent of both spatial axes
  /// @param kernel taps of both spatial axes
  /// @param before padding before, of both axes
  /// @param after padding after, of both axes
  /// @param residual whether the epilogue adds a tensor of the result's shape before its ReLU
  record Conv(
      DataType type,
      Layout layout,
      long batch,
      long in,
      long out,
      long size,
      long kernel,
      long stride,
      long before,
      long after,
      long dilation,
      long groups,
      boolean residual) {

    static Conv of(DataType type, long in, long out, long size, long kernel) {
      return new Conv(
          type, Layout.NHWC, 1, in, out, size, kernel, 1, kernel / 2, kernel / 2, 1, 1, false);
    }

    Conv stored(Layout l) {
      return new Conv(
          type, l, batch, in, out, size, kernel, stride, before, after, dilation, groups, residual);
    }

    Conv times(long b) {
      return new Conv(
          type, layout, b, in, out, size, kernel, stride, before, after, dilation, groups,
          residual);
    }

    Conv step(long s) {
      return new Conv(
          type, layout, batch, in, out, size, kernel, s, before, after, dilation, groups, residual);
    }

    Conv padded(long b, long a) {
      return new Conv(
          type, layout, batch, in, out, size, kernel, stride, b, a, dilation, groups, residual);
    }

    Conv dilated(long d) {
      return new Conv(
          type, layout, batch, in, out, size, kernel, stride, before, after, d, groups, residual);
    }

    Conv grouped(long g) {
      return new Conv(
          type, layout, batch, in, out, size, kernel, stride, before, after, dilation, g, residual);
    }

    Conv withResidual() {
      return new Conv(
          type, layout, batch, in, out, size, kernel, stride, before, after, dilation, groups,
          true);
    }

    /// Builds the graph; the result is the node's.
    Graph build(Builder b) {
      Value x = b.input(type, layout, batch, in, size, size);
      Value w = b.constant(type, out, in / groups, kernel, kernel);
      Value bias = b.constant(DataType.F32, out);
      Window window =
          new Window(
              List.of(kernel, kernel),
              List.of(stride, stride),
              List.of(before, before),
              List.of(after, after),
              List.of(dilation, dilation));
      Convolution plain = new Convolution(x, w, Optional.of(bias), window, groups, Epilogue.NONE);
      Convolution op = plain;
      if (residual) {
        List<Long> shape = plain.resultType().shape().extents();
        Value skip = b.input(type, layout, shape.stream().mapToLong(Long::longValue).toArray());
        Epilogue epilogue =
            new Epilogue(
                new Unary(
                    UnaryFunction.RELU,
                    new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1))),
                List.of(skip));
        op = new Convolution(x, w, Optional.of(bias), window, groups, epilogue);
      }
      return b.graph(b.add(op, layout));
    }
  }
}
