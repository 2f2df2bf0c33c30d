package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// A logical shape; rank 0 is a scalar.
public record Shape(List<Dim> dims) {
  public Shape {
    dims = List.copyOf(dims);
  }

  /// A shape of known extents.
  public static Shape of(long... extents) {
    return new Shape(LongStream.of(extents).mapToObj(Dim::of).toList());
  }

  /// A shape of known extents.
  public static Shape of(List<Long> extents) {
    return new Shape(extents.stream().map(Dim::of).toList());
  }

  public int rank() {
    return dims.size();
  }

  public Dim dim(int axis) {
    return dims.get(axis);
  }

  /// Known extent of one axis.
  ///
  /// @throws IrException when it is symbolic
  public long extent(int axis) {
    return dims.get(axis).extent();
  }

  /// Whether every extent is known.
  public boolean isStatic() {
    return dims.stream().allMatch(Dim::isKnown);
  }

  /// All extents.
  ///
  /// @throws IrException when one is symbolic
  public List<Long> extents() {
    return dims.stream().map(Dim::extent).toList();
  }

  /// Number of elements.
  ///
  /// @throws IrException when an extent is symbolic
  public long elementCount() {
    // Asked for each candidate of each kernel, so without a stream.
    long count = 1;
    for (Dim dim : dims) {
      count = Math.multiplyExact(count, dim.extent());
    }
    return count;
  }

  /// A copy with one extent replaced.
  public Shape with(int axis, Dim dim) {
    List<Dim> changed = new ArrayList<>(dims);
    changed.set(axis, dim);
    return new Shape(changed);
  }

  /// Axis in `0..rank-1` for an axis that may be negative.
  ///
  /// @throws IrException when out of range
  public int normalizeAxis(long axis) {
    if (axis < -rank() || axis >= rank()) {
      throw new IrException("axis " + axis + " outside rank " + rank());
    }
    return (int) (axis < 0 ? axis + rank() : axis);
  }

  /// The shape two operands broadcast to, by NumPy's rule.
  ///
  /// @throws IrException when they do not
  public static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    List<Dim> result = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      Dim x = aligned(a, axis, rank);
      Dim y = aligned(b, axis, rank);
      if (x.equals(y) || y.equals(Dim.of(1))) {
        result.add(x);
      } else if (x.equals(Dim.of(1))) {
        result.add(y);
      } else if (x.isKnown() != y.isKnown()) {
        result.add(x.isKnown() ? x : y);
      } else {
        throw new IrException("shapes " + a + " and " + b + " do not broadcast");
      }
    }
    return new Shape(result);
  }

  private static Dim aligned(Shape shape, int axis, int rank) {
    int own = axis - (rank - shape.rank());
    return own < 0 ? Dim.of(1) : shape.dim(own);
  }

  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
