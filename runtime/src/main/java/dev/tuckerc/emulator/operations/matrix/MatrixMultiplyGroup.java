package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Several [MatrixMultiply] of which every left fragment meets every right fragment, as in the tile
/// of a warp.
///
/// Each fragment is converted to single precision once. The side with more fragments lies along
/// vectors of at least 32 elements, long enough for the JIT compiler's vector loops; the other side
/// gives the factors. Every sum is still accumulated in order of k, so the bits are the same.
public final class MatrixMultiplyGroup extends Operation {
  private static final int MOST_COLUMNS = 128;
  private static final int FEWEST_COLUMNS = 32;

  /// Factors in one pass over a row; the JIT compiler vectorises no longer chains.
  private static final int PASS = 8;

  private final MatrixMultiply[] products;

  /// By left, then by right fragment.
  private final MatrixMultiply[][] grid;

  private final int depth;
  private final MatrixMultiply.Format format;

  /// Whether left fragments lie along the vectors.
  private final boolean leftWide;

  private MatrixMultiplyGroup(List<MatrixMultiply> products, MatrixMultiply[][] grid) {
    this.products = products.toArray(new MatrixMultiply[0]);
    this.grid = grid;
    this.depth = grid[0][0].depth;
    this.format = grid[0][0].format;
    this.leftWide = 16 * grid.length >= 8 * grid[0].length;
  }

  /// Groups neighbours in a list of operations where that is possible and pays.
  ///
  /// @return for each group its first and last place; the places are disjoint and in order
  public static List<Placed> find(List<Operation> operations) {
    List<Placed> found = new ArrayList<>();
    int from = 0;
    while (from < operations.size()) {
      List<MatrixMultiply> run = run(operations, from);
      Placed placed = null;
      for (int length = run.size(); length > 1 && placed == null; length--) {
        MatrixMultiplyGroup group = of(run.subList(0, length));
        placed = group == null ? null : new Placed(from, from + length, group);
      }
      if (placed != null) {
        found.add(placed);
      }
      from = placed == null ? from + 1 : placed.to;
    }
    return found;
  }

  /// A group and the operations it stands for.
  ///
  /// @param to end, exclusive
  public record Placed(int from, int to, MatrixMultiplyGroup group) {}

  /// Neighbours of one form of which none needs another's result.
  private static List<MatrixMultiply> run(List<Operation> operations, int from) {
    List<MatrixMultiply> run = new ArrayList<>();
    Set<Value> written = new HashSet<>();
    for (int at = from; at < operations.size(); at++) {
      if (!(operations.get(at) instanceof MatrixMultiply next) || !next.groupable()) {
        break;
      }
      MatrixMultiply first = run.isEmpty() ? next : run.getFirst();
      boolean apart = next.depth == first.depth && next.format == first.format;
      for (Value[] read : List.of(next.a, next.b, next.c, next.d)) {
        apart &= Arrays.stream(read).noneMatch(written::contains);
      }
      if (!apart) {
        break;
      }
      written.addAll(Arrays.asList(next.d));
      run.add(next);
    }
    return run;
  }

  private static @Nullable MatrixMultiplyGroup of(List<MatrixMultiply> run) {
    Map<List<Value>, Integer> left = new LinkedHashMap<>();
    Map<List<Value>, Integer> right = new LinkedHashMap<>();
    for (MatrixMultiply product : run) {
      left.putIfAbsent(Arrays.asList(product.a), left.size());
      right.putIfAbsent(Arrays.asList(product.b), right.size());
    }
    if (left.size() == 1 || right.size() == 1) {
      return line(run, left.size() == 1);
    }
    int columns = Math.max(16 * left.size(), 8 * right.size());
    if (left.size() * right.size() != run.size()
        || columns < FEWEST_COLUMNS
        || columns > MOST_COLUMNS) {
      return null;
    }
    @Nullable MatrixMultiply[][] grid = new @Nullable MatrixMultiply[left.size()][right.size()];
    for (MatrixMultiply product : run) {
      int l = left.getOrDefault(Arrays.asList(product.a), 0);
      int r = right.getOrDefault(Arrays.asList(product.b), 0);
      if (grid[l][r] != null) {
        return null;
      }
      grid[l][r] = product;
    }
    MatrixMultiply[][] full = new MatrixMultiply[left.size()][];
    for (int l = 0; l < full.length; l++) {
      full[l] =
          Arrays.stream(grid[l])
              .map(java.util.Objects::requireNonNull)
              .toArray(MatrixMultiply[]::new);
    }
    return new MatrixMultiplyGroup(run, full);
  }

  /// Products with one fragment in common; the others may repeat.
  private static @Nullable MatrixMultiplyGroup line(List<MatrixMultiply> run, boolean oneLeft) {
    int columns = (oneLeft ? 8 : 16) * run.size();
    if (columns < FEWEST_COLUMNS || columns > MOST_COLUMNS) {
      return null;
    }
    MatrixMultiply[][] grid =
        oneLeft
            ? new MatrixMultiply[][] {run.toArray(new MatrixMultiply[0])}
            : run.stream()
                .map(product -> new MatrixMultiply[] {product})
                .toArray(MatrixMultiply[][]::new);
    return new MatrixMultiplyGroup(run, grid);
  }

  @Override
  public void run(Warp warp) {
    if (warp.mask != -1) {
      // Fails as the first of them.
      products[0].run(warp);
    }
    warp.block.counters.matrixMultiplyAdds += 128L * depth * products.length;
    float[][] wide = warp.matrix.wide();
    float[][] sums = warp.matrix.sums();
    float[] narrow = warp.matrix.a;
    if (leftWide) {
      for (int l = 0; l < grid.length; l++) {
        MatrixMultiply any = grid[l][0];
        for (int r = 0; r < any.a.length; r++) {
          widen(any.factors(warp, any.a[r]), wide, chunk(r / 2), 16 * l + 8 * (r % 2));
        }
      }
      for (int r = 0; r < grid[0].length; r++) {
        MatrixMultiply any = grid[0][r];
        for (int part = 0; part < any.b.length; part++) {
          narrow(any.factors(warp, any.b[part]), narrow, chunk(part));
        }
        for (int l = 0; l < grid.length; l++) {
          columns(warp, grid[l][r].c, sums, 16 * l, false);
        }
        multiply(narrow, wide, sums, 8, 16 * grid.length);
        for (int l = 0; l < grid.length; l++) {
          columns(warp, grid[l][r].d, sums, 16 * l, true);
        }
      }
      return;
    }
    for (int r = 0; r < grid[0].length; r++) {
      MatrixMultiply any = grid[0][r];
      for (int part = 0; part < any.b.length; part++) {
        widen(any.factors(warp, any.b[part]), wide, chunk(part), 8 * r);
      }
    }
    for (MatrixMultiply[] row : grid) {
      MatrixMultiply any = row[0];
      for (int r = 0; r < any.a.length; r++) {
        narrow(any.factors(warp, any.a[r]), narrow, 8 * (r % 2) * depth + chunk(r / 2));
      }
      for (int r = 0; r < row.length; r++) {
        rows(warp, row[r].c, sums, 8 * r, false);
      }
      multiply(narrow, wide, sums, 16, 8 * row.length);
      for (int r = 0; r < row.length; r++) {
        rows(warp, row[r].d, sums, 8 * r, true);
      }
    }
  }

  /// The first k of a register.
  private int chunk(int part) {
    return part * (format == MatrixMultiply.Format.TF32 ? 4 : 8);
  }

  /// Lays a fragment of 8 rows along the vectors: element `(g, k)` to `wide[k][at + g]`.
  private void widen(int[] bits, float[][] wide, int k, int at) {
    for (int t = 0; t < 4; t++) {
      switch (format) {
        case F16 -> {
          float[] low = wide[k + 2 * t];
          float[] high = wide[k + 2 * t + 1];
          for (int g = 0; g < 8; g++) {
            int pair = bits[4 * g + t];
            low[at + g] = Float.float16ToFloat((short) pair);
            high[at + g] = Float.float16ToFloat((short) (pair >>> 16));
          }
        }
        case BF16 -> {
          float[] low = wide[k + 2 * t];
          float[] high = wide[k + 2 * t + 1];
          for (int g = 0; g < 8; g++) {
            int pair = bits[4 * g + t];
            low[at + g] = Float.intBitsToFloat(pair << 16);
            high[at + g] = Float.intBitsToFloat(pair & 0xffff_0000);
          }
        }
        case TF32 -> {
          float[] all = wide[k + t];
          for (int g = 0; g < 8; g++) {
            all[at + g] = Float.intBitsToFloat(bits[4 * g + t] & 0xffff_e000);
          }
        }
      }
    }
  }

  /// Lays a fragment of 8 rows out row by row: element `(g, k)` to `narrow[at + depth * g + k]`.
  private void narrow(int[] bits, float[] narrow, int at) {
    for (int lane = 0; lane < 32; lane++) {
      int row = at + (lane >> 2) * depth;
      int pair = bits[lane];
      switch (format) {
        case F16 -> {
          narrow[row + 2 * (lane & 3)] = Float.float16ToFloat((short) pair);
          narrow[row + 2 * (lane & 3) + 1] = Float.float16ToFloat((short) (pair >>> 16));
        }
        case BF16 -> {
          narrow[row + 2 * (lane & 3)] = Float.intBitsToFloat(pair << 16);
          narrow[row + 2 * (lane & 3) + 1] = Float.intBitsToFloat(pair & 0xffff_0000);
        }
        case TF32 -> narrow[row + (lane & 3)] = Float.intBitsToFloat(pair & 0xffff_e000);
      }
    }
  }

  /// Copies an accumulator between registers and sums by column: `(m, n)` is `sums[n][at + m]`.
  private static void columns(Warp warp, Value[] registers, float[][] sums, int at, boolean store) {
    for (int r = 0; r < 4; r++) {
      if (registers[r].slot() < 0) {
        continue;
      }
      float[] values = warp.f[registers[r].slot()];
      int from = at + 8 * (r >> 1);
      for (int t = 0; t < 4; t++) {
        float[] column = sums[2 * t + (r & 1)];
        if (store) {
          for (int g = 0; g < 8; g++) {
            values[4 * g + t] = column[from + g];
          }
        } else {
          for (int g = 0; g < 8; g++) {
            column[from + g] = values[4 * g + t];
          }
        }
      }
    }
  }

  /// The same by row: `(m, n)` is `sums[m][at + n]`.
  private static void rows(Warp warp, Value[] registers, float[][] sums, int at, boolean store) {
    for (int r = 0; r < 4; r++) {
      if (registers[r].slot() < 0) {
        continue;
      }
      float[] values = warp.f[registers[r].slot()];
      int from = at + (r & 1);
      for (int g = 0; g < 8; g++) {
        float[] row = sums[8 * (r >> 1) + g];
        for (int t = 0; t < 4; t++) {
          if (store) {
            values[4 * g + t] = row[from + 2 * t];
          } else {
            row[from + 2 * t] = values[4 * g + t];
          }
        }
      }
    }
  }

  private void multiply(float[] narrow, float[][] wide, float[][] sums, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < depth; k += PASS) {
        pass(sums[row], wide, k, narrow, row * depth + k, columns);
      }
    }
  }

  private static void pass(
      float[] sums, float[][] wide, int k, float[] narrow, int at, int columns) {
    float x0 = narrow[at];
    float x1 = narrow[at + 1];
    float x2 = narrow[at + 2];
    float x3 = narrow[at + 3];
    float x4 = narrow[at + 4];
    float x5 = narrow[at + 5];
    float x6 = narrow[at + 6];
    float x7 = narrow[at + 7];
    float[] w0 = wide[k];
    float[] w1 = wide[k + 1];
    float[] w2 = wide[k + 2];
    float[] w3 = wide[k + 3];
    float[] w4 = wide[k + 4];
    float[] w5 = wide[k + 5];
    float[] w6 = wide[k + 6];
    float[] w7 = wide[k + 7];
    for (int j = 0; j < columns; j++) {
      float sum = Math.fma(x0, w0[j], sums[j]);
      sum = Math.fma(x1, w1[j], sum);
      sum = Math.fma(x2, w2[j], sum);
      sum = Math.fma(x3, w3[j], sum);
      sum = Math.fma(x4, w4[j], sum);
      sum = Math.fma(x5, w5[j], sum);
      sum = Math.fma(x6, w6[j], sum);
      sums[j] = Math.fma(x7, w7[j], sum);
    }
  }
}
