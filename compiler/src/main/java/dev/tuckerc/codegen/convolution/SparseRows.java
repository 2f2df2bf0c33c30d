package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Coefficients `[O, I*B]` as `conv.basis` reads them: compressed rows, chunk by chunk of the input
/// channels.
///
/// @param coefficients the known matrix
/// @param kernels `B`
record SparseRows(KnownConstant coefficients, long kernels, BasisConfig config) {
  String startsName() {
    return coefficients.name() + "#starts" + config.chunk() + "x" + config.paddedOutputs();
  }

  String entriesName() {
    return coefficients.name() + "#rows" + config.chunk() + "x" + config.pitch();
  }

  /// Where the entries of each chunk and output start, and where the last ones end: `[chunks *
  /// paddedOutputs + 1]`.
  Tensor starts() {
    int outputs = coefficients.tensor().dimension(0);
    int count = config.chunks() * config.paddedOutputs();
    Tensor starts = Tensor.zeros(DataType.I32, List.of(count + 1L));
    int at = 0;
    for (int row = 0; row < count; row++) {
      starts.setLong(row, at);
      int output = row % config.paddedOutputs();
      if (output < outputs) {
        at += row(row / config.paddedOutputs(), output).size();
      }
    }
    starts.setLong(count, at);
    return starts;
  }

  /// Offset in the filtered tile and bits of the value, for each coefficient that is not zero:
  /// `[nonzeros, 2]`; one entry where there is none.
  Tensor entries() {
    Tensor matrix = coefficients.tensor();
    List<Integer> bits = new ArrayList<>();
    for (int chunk = 0; chunk < config.chunks(); chunk++) {
      for (int output = 0; output < matrix.dimension(0); output++) {
        for (int column : row(chunk, output)) {
          int channel = column / (int) kernels - chunk * config.chunk();
          int kernel = column % (int) kernels;
          bits.add((kernel * config.chunk() + channel) * config.pitch());
          double value = matrix.getDouble(output * matrix.dimension(1) + column);
          bits.add(Float.floatToRawIntBits((float) value));
        }
      }
    }
    if (bits.isEmpty()) {
      bits.addAll(List.of(0, 0));
    }
    Tensor entries = Tensor.zeros(DataType.I32, List.of(bits.size() / 2L, 2L));
    for (int i = 0; i < bits.size(); i++) {
      entries.setLong(i, bits.get(i));
    }
    return entries;
  }

  /// Columns of a chunk with coefficients of an output that are not zero.
  private List<Integer> row(int chunk, int output) {
    Tensor matrix = coefficients.tensor();
    int columns = matrix.dimension(1);
    int width = config.chunk() * (int) kernels;
    List<Integer> found = new ArrayList<>();
    for (int c = chunk * width; c < Math.min(columns, (chunk + 1) * width); c++) {
      if (matrix.getDouble(output * columns + c) != 0) {
        found.add(c);
      }
    }
    return found;
  }
}
