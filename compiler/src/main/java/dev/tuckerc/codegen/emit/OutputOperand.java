package dev.tuckerc.codegen.emit;

import dev.tuckerc.tensor.DataType;
import java.util.Collections;
import java.util.List;

/// A tensor that an epilogue reads, or the result it writes, seen along the axes of a matrix
/// product: batch axes (the grid's third direction), row axes, and channels.
///
/// @param pointer name of the kernel's parameter
/// @param type element type in memory
/// @param expressionType element type in the epilogue's body; a bias of f32 added to sums of f16
///   counts as f16 there but is not rounded to it
/// @param batch stride of each batch axis, in elements
/// @param row stride of each row axis
/// @param channel stride of the channels; 0 where the tensor is broadcast along them
public record OutputOperand(
    String pointer,
    DataType type,
    DataType expressionType,
    List<Long> batch,
    List<Long> row,
    long channel) {
  public OutputOperand {
    batch = List.copyOf(batch);
    row = List.copyOf(row);
  }

  /// The same elements, found through another pointer.
  public OutputOperand at(String other) {
    return new OutputOperand(other, type, expressionType, batch, row, channel);
  }

  /// The same where only the elements of one batch entry are there.
  public OutputOperand ofOneBatch() {
    return new OutputOperand(
        pointer, type, expressionType, Collections.nCopies(batch.size(), 0L), row, channel);
  }

  /// Whether `width` channels, starting at a multiple of `width`, are one aligned access.
  boolean packs(int width) {
    return channel == 1
        && batch.stream().allMatch(stride -> stride % width == 0)
        && row.stream().allMatch(stride -> stride % width == 0);
  }
}
