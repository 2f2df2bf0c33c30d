package dev.tuckerc.transform.ranks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The layers that TDC publishes (Xiang et al., PPoPP 2023), from `tdc-layers.csv`: its 18 core
/// convolutions, and those of its decomposed models with their ranks.
public final class TdcTable {
  private static final String RESOURCE = "tdc-layers.csv";
  private static final int COLUMNS = 13;

  private TdcTable() {}

  /// Layers of one shape and the same ranks.
  ///
  /// @param set `core`, `tucker`, or `svd` for a product
  /// @param model empty for `core`
  /// @param inputs channels before the reduction, 0 for `core`
  /// @param rankOut 0 for `svd`
  /// @param outputs channels after the expansion, 0 for `core`
  /// @param count layers of this shape in the model
  public record Row(
      String set,
      String model,
      String layer,
      long inputs,
      long rankIn,
      long rankOut,
      long outputs,
      long height,
      long width,
      long kernel,
      long stride,
      long padding,
      long count) {}

  /// All rows, those of a model in the order of its layers.
  public static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : csv().lines().toList()) {
      if (line.startsWith("#") || line.startsWith("set,")) {
        continue;
      }
      String[] cells = line.split(",", -1);
      if (cells.length != COLUMNS) {
        throw new IllegalStateException(RESOURCE + ": " + cells.length + " cells in: " + line);
      }
      long[] n =
          Arrays.stream(cells, 3, COLUMNS)
              .mapToLong(cell -> cell.isEmpty() ? 0 : Long.parseLong(cell))
              .toArray();
      rows.add(
          new Row(
              cells[0], cells[1], cells[2], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8],
              n[9]));
    }
    return rows;
  }

  /// The table as text: lines of comma-separated values behind a comment that names the source.
  public static String csv() {
    try (InputStream in = TdcTable.class.getResourceAsStream(RESOURCE)) {
      return new String(
          Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
