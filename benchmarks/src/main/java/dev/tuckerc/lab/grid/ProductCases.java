package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Convolutions and matrix products: usual shapes, and shapes that no tile fits.
final class ProductCases {
  private final List<KernelCase> cases = new ArrayList<>();

  private ProductCases() {}

  static List<KernelCase> all() {
    ProductCases own = new ProductCases();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      own.convolutions(type);
      own.depthwise(type);
      own.fewChannels(type);
      own.vectors(type);
      own.matrices(type);
    }
    return own.cases;
  }

  private static String gemm(DataType type) {
    return type == DataType.F16 ? "gemm.mma" : "gemm.simt";
  }

  private void convolutions(DataType type) {
    String gemm = gemm(type);
    // A single pixel of a single row is a product of one row, which gemv.simt may take.
    convolution(gemm + "|gemv.simt", ConvolutionShape.of(type, 1, 1, 1, 1));
    for (long channels : new long[] {1, 3, 5, 8, 13, 16}) {
      convolution(gemm, ConvolutionShape.of(type, channels, 5, 7, 3).withResidual());
    }
    quick(gemm, ConvolutionShape.of(type, 13, 17, 11, 3).sized(11, 7));
    convolution(gemm, ConvolutionShape.of(type, 16, 40, 5, 1).times(2));
    convolution(gemm, ConvolutionShape.of(type, 64, 256, 14, 1).finished(Finish.RELU));
    convolution(gemm, ConvolutionShape.of(type, 256, 64, 14, 1).withResidual());
    convolution(gemm, ConvolutionShape.of(type, 3, 64, 64, 7).step(2));
    convolution(gemm, ConvolutionShape.of(type, 64, 128, 28, 3).step(2).finished(Finish.RELU));
    convolution(gemm, ConvolutionShape.of(type, 64, 128, 28, 1).step(2));
    convolution(gemm, ConvolutionShape.of(type, 8, 8, 11, 5).dilated(2).padded(1, 4).times(3));
    convolution(gemm, ConvolutionShape.of(type, 16, 32, 15, 3).step(2).padded(0, 1));
    convolution(gemm + "|gemv.simt", ConvolutionShape.of(type, 8, 8, 3, 3).padded(0, 0));
    convolution(gemm, ConvolutionShape.of(type, 16, 24, 9, 3).grouped(2).withResidual());
    convolution(gemm, ConvolutionShape.of(type, 32, 32, 14, 3).grouped(8));
    convolution(gemm, ConvolutionShape.of(type, 512, 32, 4, 3));
    convolution(gemm, ConvolutionShape.of(type, 512, 512, 7, 3).withResidual());
    convolution(gemm, ConvolutionShape.of(type, 16, 512, 7, 3));
    convolution(gemm, ConvolutionShape.of(type, 24, 24, 20, 3).finished(Finish.SWISH));
    convolution(gemm, ConvolutionShape.of(type, 64, 64, 56, 3).withResidual());
    convolution(gemm, ConvolutionShape.of(type, 12, 20, 1, 3).sized(1, 37));
    convolution(
        type == DataType.F16 ? "gemm.simt" : gemm,
        ConvolutionShape.of(type, 12, 20, 9, 3).stored(Layout.ROW_MAJOR));
  }

  private void depthwise(DataType type) {
    String template = "conv.depthwise";
    quick(template, ConvolutionShape.of(type, 24, 24, 9, 3).grouped(24).withResidual());
    convolution(template, ConvolutionShape.of(type, 7, 7, 8, 3).grouped(7).dilated(2));
    convolution(
        template, ConvolutionShape.of(type, 6, 6, 17, 5).grouped(6).step(2).padded(1, 3).times(2));
    convolution(template, ConvolutionShape.of(type, 2, 2, 1, 1).grouped(2));
    convolution(
        template, ConvolutionShape.of(type, 96, 96, 56, 3).grouped(96).finished(Finish.RELU));
    convolution(template, ConvolutionShape.of(type, 144, 144, 28, 3).grouped(144).step(2));
    convolution(template, ConvolutionShape.of(type, 960, 960, 7, 3).grouped(960));
  }

  /// Last layers of networks from image to image.
  private void fewChannels(DataType type) {
    String template = type == DataType.F16 ? "gemm.mma|conv.taps" : "gemm.simt";
    ConvolutionShape picture = ConvolutionShape.of(type, 40, 3, 19, 3).sized(17, 23);
    if (type == DataType.F16) {
      quick(template, picture.withResidual());
    } else {
      convolution(template, picture.withResidual());
    }
    convolution(template, ConvolutionShape.of(type, 64, 1, 28, 3));
    convolution(template, ConvolutionShape.of(type, 16, 4, 16, 3).times(2).dilated(2));
    convolution(template, ConvolutionShape.of(type, 32, 2, 18, 5).finished(Finish.RELU));
  }

  /// Products of few rows with constant weights.
  private void vectors(DataType type) {
    String either = gemm(type) + "|gemv.simt";
    matrix(either, type, 1, 512, 1000, true, true);
    matrix(either, type, 1, 2048, 1000, true, false);
    matrix(either, type, 1, 1, 1, true, false);
    matrix(either, type, 1, 13, 7, true, false);
    matrix(either, type, 3, 131, 67, true, false);
    matrix(either, type, 8, 512, 100, true, false);
    convolution(either, ConvolutionShape.of(type, 320, 128, 1, 1).finished(Finish.RELU));
  }

  private void matrices(DataType type) {
    matrix(gemm(type), type, 19, 24, 40, true, false);
    matrix(gemm(type), type, 128, 256, 96, true, false);
    matrix(gemm(type), type, 33, 1, 65, true, false);
    // A right side that is not known at compile time cannot be packed for tensor cores.
    matrix("gemm.simt", type, 31, 67, 29, false, false);
    matrix("gemm.simt", type, 64, 128, 64, false, false);
    batches(type);
  }

  private void batches(DataType type) {
    long work = 2 * 3 * 5 * 7 * 9;
    cases.add(
        new KernelCase(
            "gemm.simt/" + type.text() + "/matmul-2x1x5x7-3x7x9-broadcast",
            "gemm.simt",
            work,
            false,
            KernelCase.tolerance(type),
            b -> {
              Value left = b.input(type, Layout.ROW_MAJOR, 2, 1, 5, 7);
              Value right = b.input(type, Layout.ROW_MAJOR, 3, 7, 9);
              return b.add(new MatMul(left, right, Epilogue.NONE), Layout.ROW_MAJOR);
            }));
    String constant = gemm(type);
    cases.add(
        new KernelCase(
            constant + "/" + type.text() + "/matmul-3x17x16-3x16x24",
            constant,
            3 * 17 * 16 * 24,
            false,
            KernelCase.tolerance(type),
            b -> {
              Value left = b.input(type, Layout.ROW_MAJOR, 3, 17, 16);
              Value right = b.constant(type, 3, 16, 24);
              return b.add(new MatMul(left, right, Epilogue.NONE), Layout.ROW_MAJOR);
            }));
  }

  private void matrix(
      String template,
      DataType type,
      long rows,
      long depth,
      long columns,
      boolean constant,
      boolean quick) {
    String first = template.substring(template.indexOf('|') + 1);
    String name =
        "%s/%s/matmul-%dx%dx%d%s"
            .formatted(first, type.text(), rows, depth, columns, constant ? "" : "-computed");
    cases.add(
        new KernelCase(
            name,
            template,
            rows * depth * columns,
            quick,
            KernelCase.tolerance(type),
            b -> {
              Value left = b.input(type, Layout.ROW_MAJOR, rows, depth);
              Value right =
                  constant
                      ? b.constant(type, depth, columns)
                      : b.input(type, Layout.ROW_MAJOR, depth, columns);
              Value bias = b.constant(type, columns);
              Epilogue epilogue =
                  new Epilogue(
                      new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)),
                      List.of(bias));
              return b.add(new MatMul(left, right, epilogue), Layout.ROW_MAJOR);
            }));
  }

  private void quick(String template, ConvolutionShape shape) {
    convolution(template, shape);
    cases.add(cases.removeLast().inQuickSet());
  }

  private void convolution(String template, ConvolutionShape shape) {
    String first = template.substring(template.indexOf('|') + 1);
    cases.add(
        new KernelCase(
            first + "/" + shape.type().text() + "/conv-" + shape.text(),
            template,
            shape.multiplyAdds(),
            false,
            KernelCase.tolerance(shape.type()),
            b ->
                shape.add(
                    b,
                    b.input(
                        shape.type(),
                        shape.layout(),
                        shape.batch(),
                        shape.in(),
                        shape.height(),
                        shape.width()))));
  }
}
