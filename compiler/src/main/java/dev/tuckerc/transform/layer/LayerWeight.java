package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.linalg.Unfolding;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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

  /// The weight of each group unfolded on its output channels, read where it is stored.
  ///
  /// @param groups divides the output channels; 1 where the weight is turned
  List<Unfolding> onOutputs(int groups) {
    int outputs = dimension(0) / groups;
    int others = size() / dimension(0);
    if (!turned) {
      return parts(groups).map(part -> new Unfolding(part, 1, outputs, others)).toList();
    }
    // The other axes lie before it where a matrix is stored.
    int before = stored.dimension(0);
    return List.of(new Unfolding(stored, before, outputs, others / before));
  }

  /// The same on the input channels.
  List<Unfolding> onInputs(int groups) {
    int inputs = dimension(1);
    int others = size() / inputs / groups;
    if (turned) {
      return List.of(new Unfolding(stored, 1, inputs, others));
    }
    int outputs = dimension(0) / groups;
    return parts(groups)
        .map(part -> new Unfolding(part, outputs, inputs, others / outputs))
        .toList();
  }

  /// The unfolding on the taps of the kernel: the kernels as a matrix `[taps, O * I/groups]`.
  ///
  /// @throws IllegalStateException when the taps are not stored last
  Unfolding onTaps() {
    if (turned) {
      throw new IllegalStateException("a turned weight " + shape);
    }
    int kernels = dimension(0) * dimension(1);
    return new Unfolding(stored, kernels, size() / kernels, 1);
  }

  private Stream<Tensor> parts(int groups) {
    List<Long> part = new ArrayList<>(shape);
    part.set(0, part.getFirst() / groups);
    long bytes = stored.data().byteSize() / groups;
    return IntStream.range(0, groups)
        .mapToObj(group -> Tensor.of(type(), part, stored.data().asSlice(group * bytes, bytes)));
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
