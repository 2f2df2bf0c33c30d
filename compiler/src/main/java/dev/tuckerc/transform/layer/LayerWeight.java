package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The weight of a layer, as `[O, I/groups, kernel...]`.
///
/// Matrix products and transposed convolutions store theirs with the input channels first. It is
/// turned when it is asked for: held beside the stored ones, the fully connected layers of a VGG-16
/// would take half a gigabyte.
///
/// @param stored as the graph holds it
/// @param turned whether the leading two axes are exchanged
/// @param shape after that, and with a flattened image as its axes
public record LayerWeight(Tensor stored, boolean turned, List<Long> shape) {
  public LayerWeight {
    shape = List.copyOf(shape);
  }

  /// The elements in this order: a copy where they are stored in another one.
  public Tensor tensor() {
    return (turned ? Axes.swapLeading(stored) : stored).reshape(shape);
  }

  /// Other elements in the place of these.
  ///
  /// @param other of the stored shape
  public LayerWeight with(Tensor other) {
    return new LayerWeight(other, turned, shape);
  }

  /// The inverse of [#tensor]: elements of this shape as the graph holds them.
  public Tensor restored(Tensor oriented) {
    if (!turned) {
      return oriented.reshape(stored.shape());
    }
    List<Long> exchanged = new ArrayList<>(stored.shape());
    Collections.swap(exchanged, 0, 1);
    return Axes.swapLeading(oriented.reshape(exchanged));
  }

  public DataType type() {
    return stored.type();
  }

  /// Type and shape.
  public TensorType tensorType() {
    return TensorType.of(type(), Shape.of(shape));
  }

  public int rank() {
    return shape.size();
  }

  /// The extent of an axis.
  public int dimension(int axis) {
    return Math.toIntExact(shape.get(axis));
  }

  /// The number of elements.
  public int size() {
    return stored.size();
  }

  /// Whether another layer's weight has the same elements.
  boolean contentEquals(LayerWeight other) {
    return turned == other.turned
        && shape.equals(other.shape)
        && stored.contentEquals(other.stored);
  }
}
