package dev.tuckerc.ir.interpret;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Products of row-major matrices: `c[m,n] += a[m,k] * b[k,n]`.
final class MatrixProducts {
  private MatrixProducts() {}

  /// `y[...,m,n] = sum_k a[...,m,k] * b[...,k,n]`, leading axes broadcast; no epilogue.
  static Tensor matMul(List<Tensor> operands, List<Long> shape, Accumulation accumulation) {
    Tensor a = operands.get(0);
    Tensor b = operands.get(1);
    int m = a.dimension(a.rank() - 2);
    int k = a.dimension(a.rank() - 1);
    int n = b.dimension(b.rank() - 1);
    List<Long> batch = shape.subList(0, shape.size() - 2);
    int[] startA = Movement.broadcastOffsets(a.shape().subList(0, a.rank() - 2), batch);
    int[] startB = Movement.broadcastOffsets(b.shape().subList(0, b.rank() - 2), batch);
    int size = Tensor.elementCount(shape);
    DataType type = a.type();
    if (!type.isFloat()) {
      long[] x = a.toLongs();
      long[] w = b.toLongs();
      long[] y = new long[size];
      for (int i = 0; i < startA.length; i++) {
        multiply(m, n, k, x, startA[i] * m * k, w, startB[i] * k * n, y, i * m * n);
      }
      return Elements.ofLongs(type, shape, y);
    }
    if (accumulation == Accumulation.FAST && type != DataType.F64) {
      float[] x = a.toFloats();
      float[] w = b.toFloats();
      float[] y = new float[size];
      for (int i = 0; i < startA.length; i++) {
        multiply(m, n, k, x, startA[i] * m * k, w, startB[i] * k * n, y, i * m * n);
      }
      return Elements.ofFloats(shape, y).convert(type);
    }
    double[] x = a.toDoubles();
    double[] w = b.toDoubles();
    double[] y = new double[size];
    for (int i = 0; i < startA.length; i++) {
      multiply(m, n, k, x, startA[i] * m * k, w, startB[i] * k * n, y, i * m * n);
    }
    return Elements.ofDoubles(type, shape, y);
  }

  /// Adds a product in float64; each matrix starts at its index.
  static void multiply(
      int m, int n, int k, double[] a, int atA, double[] b, int atB, double[] c, int atC) {
    if (NativeArithmetic.pays(m, n, k)) {
      NativeArithmetic.multiply(m, n, k, a, atA, b, atB, c, atC);
      return;
    }
    for (int i = 0; i < m; i++) {
      int to = atC + i * n;
      for (int l = 0; l < k; l++) {
        double factor = a[atA + i * k + l];
        int from = atB + l * n;
        for (int j = 0; j < n; j++) {
          c[to + j] += factor * b[from + j];
        }
      }
    }
  }

  /// Adds a product in float32; each matrix starts at its index.
  static void multiply(
      int m, int n, int k, float[] a, int atA, float[] b, int atB, float[] c, int atC) {
    if (NativeArithmetic.pays(m, n, k)) {
      NativeArithmetic.multiply(m, n, k, a, atA, b, atB, c, atC);
      return;
    }
    for (int i = 0; i < m; i++) {
      int to = atC + i * n;
      for (int l = 0; l < k; l++) {
        float factor = a[atA + i * k + l];
        int from = atB + l * n;
        for (int j = 0; j < n; j++) {
          c[to + j] += factor * b[from + j];
        }
      }
    }
  }

  /// Adds a product of integers, wrapping; each matrix starts at its index.
  static void multiply(
      int m, int n, int k, long[] a, int atA, long[] b, int atB, long[] c, int atC) {
    for (int i = 0; i < m; i++) {
      int to = atC + i * n;
      for (int l = 0; l < k; l++) {
        long factor = a[atA + i * k + l];
        int from = atB + l * n;
        for (int j = 0; j < n; j++) {
          c[to + j] += factor * b[from + j];
        }
      }
    }
  }
}
