package dev.tuckerc.lab.results;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A table of text: columns as wide as their widest cell, numbers to the right.
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  /// @param headings one for each column
  public Table(String... headings) {
    this.columns = headings.length;
    rows.add(List.of(headings));
  }

  /// Adds a row with one cell for each column.
  public Table row(Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
    return this;
  }

  /// Writes the table.
  public void print(PrintStream out) {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String cell = row.get(c);
        String pad = String.join("", Collections.nCopies(widths[c] - cell.length(), " "));
        line.append(c == 0 ? "" : "  ").append(isNumeric(c) ? pad + cell : cell + pad);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private boolean isNumeric(int column) {
    return rows.size() > 1
        && rows.stream().skip(1).allMatch(row -> row.get(column).matches("-|[-+]?[0-9.].*"));
  }
}
