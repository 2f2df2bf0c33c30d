package dev.tuckerc.emulator.machine;

/// Row-major float copies of the fragments of a matrix operation.
public final class MatrixScratch {
  /// Left matrix: up to 64 x 16.
  public final float[] a = new float[64 * 16];

  /// Right matrix: up to 32 x 256.
  public final float[] b = new float[32 * 256];

  /// Accumulator: up to 16 x 8.
  public final float[] c = new float[16 * 8];

  /// Integer accumulator.
  public final int[] ci = new int[16 * 8];

  /// Left matrix of integers: up to 16 x 64.
  public final int[] ai = new int[16 * 64];

  /// Right matrix of integers: up to 64 x 8.
  public final int[] bi = new int[64 * 8];

  private float[][] wide = new float[0][];
  private float[][] sums = new float[0][];

  /// Factors along vectors: 16 arrays of up to 128 elements.
  public float[][] wide() {
    if (wide.length == 0) {
      wide = new float[16][128];
    }
    return wide;
  }

  /// Sums along vectors: 16 arrays of up to 128 elements.
  public float[][] sums() {
    if (sums.length == 0) {
      sums = new float[16][128];
    }
    return sums;
  }
}
