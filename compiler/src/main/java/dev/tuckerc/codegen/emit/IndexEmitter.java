package dev.tuckerc.codegen.emit;

import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Index arithmetic of a loop over all elements of a result, with operands of any layout.
///
/// The loop runs over the axes of `extents` from the slowest to the fastest; each tensor has a
/// stride, in elements, for each of these axes (0 where it is broadcast).
///
/// @param extents of the loop's axes
/// @param strides for each tensor, one stride per axis
public record IndexEmitter(List<Long> extents, List<List<Long>> strides) {
  public IndexEmitter {
    extents = List.copyOf(extents);
    strides = strides.stream().map(List::copyOf).toList();
  }

  /// A loop in the memory order of `result`, so that consecutive iterations write consecutive
  /// elements, merged to the fewest axes. The strides are those of the operands in order, then
  /// those of the result.
  public static IndexEmitter inMemoryOrder(TensorType result, List<TensorType> operands) {
    List<Long> logical = result.shape().extents();
    List<Integer> order = result.layout().orderFor(logical.size());
    List<List<Long>> strides = new ArrayList<>();
    for (TensorType operand : operands) {
      strides.add(permuted(broadcastStrides(operand, result.shape()), order));
    }
    strides.add(permuted(result.layout().strides(logical), order));
    return new IndexEmitter(order.stream().map(logical::get).toList(), strides).merged();
  }

  /// Strides of a tensor for each axis of a shape it broadcasts to; 0 along broadcast axes.
  public static long[] broadcastStrides(TensorType type, Shape shape) {
    List<Long> own = type.shape().extents();
    long[] dense = type.layout().strides(own);
    int missing = shape.rank() - own.size();
    long[] strides = new long[shape.rank()];
    for (int axis = 0; axis < own.size(); axis++) {
      strides[axis + missing] = own.get(axis) == 1 ? 0 : dense[axis];
    }
    return strides;
  }

  /// The same loop with neighbouring axes merged wherever every tensor steps through both as
  /// through one, and axes of extent 1 dropped. At least one axis remains.
  public IndexEmitter merged() {
    List<Long> mergedExtents = new ArrayList<>();
    List<List<Long>> mergedStrides = new ArrayList<>();
    strides.forEach(_ -> mergedStrides.add(new ArrayList<>()));
    for (int axis = 0; axis < extents.size(); axis++) {
      long extent = extents.get(axis);
      if (extent == 1) {
        continue;
      }
      int last = mergedExtents.size() - 1;
      boolean merges = last >= 0;
      for (int tensor = 0; merges && tensor < strides.size(); tensor++) {
        long outer = mergedStrides.get(tensor).get(last);
        merges = outer == strides.get(tensor).get(axis) * extent;
      }
      if (merges) {
        mergedExtents.set(last, mergedExtents.get(last) * extent);
      } else {
        mergedExtents.add(extent);
      }
      for (int tensor = 0; tensor < strides.size(); tensor++) {
        long stride = strides.get(tensor).get(axis);
        if (merges) {
          mergedStrides.get(tensor).set(last, stride);
        } else {
          mergedStrides.get(tensor).add(stride);
        }
      }
    }
    if (mergedExtents.isEmpty()) {
      mergedExtents.add(1L);
      mergedStrides.forEach(list -> list.add(0L));
    }
    return new IndexEmitter(mergedExtents, mergedStrides);
  }

  /// Number of iterations.
  public long count() {
    return extents.stream().reduce(1L, Math::multiplyExact);
  }

  /// Extent of the fastest axis.
  public long innerExtent() {
    return extents.getLast();
  }

  /// Stride of one tensor along the fastest axis.
  public long innerStride(int tensor) {
    return strides.get(tensor).getLast();
  }

  /// Statements that split a linear index into one coordinate per axis, named `prefix0`, ...
  ///
  /// @param linear name of an unsigned variable
  public List<String> coordinates(String linear, String prefix) {
    List<String> names = new ArrayList<>();
    for (int axis = 0; axis < extents.size(); axis++) {
      names.add(prefix + axis);
    }
    return split(linear, extents, names);
  }

  /// Offset of one tensor's element at the coordinates made by [#coordinates].
  public String offset(int tensor, String prefix) {
    List<String> names = new ArrayList<>();
    for (int axis = 0; axis < extents.size(); axis++) {
      names.add(prefix + axis);
    }
    return linear(names, strides.get(tensor));
  }

  /// Statements that split a row-major linear index into coordinates.
  ///
  /// @param linear name of an unsigned variable
  /// @param extents of the axes, slowest first
  /// @param names of the coordinates to declare
  public static List<String> split(String linear, List<Long> extents, List<String> names) {
    List<String> statements = new ArrayList<>();
    long inner = 1;
    for (int axis = extents.size() - 1; axis >= 0; axis--) {
      String quotient = inner == 1 ? linear : linear + " / " + inner + "u";
      // The slowest coordinate needs no remainder.
      String value =
          axis == 0
              ? quotient
              : inner == 1
                  ? linear + " % " + extents.get(axis) + "u"
                  : "(" + quotient + ") % " + extents.get(axis) + "u";
      statements.addFirst("const unsigned " + names.get(axis) + " = " + value + ";");
      inner = Math.multiplyExact(inner, extents.get(axis));
    }
    return statements;
  }

  /// `sum(coordinate * stride)`, without the terms that are zero.
  public static String linear(List<String> coordinates, List<Long> strides) {
    List<String> terms = new ArrayList<>();
    for (int axis = 0; axis < strides.size(); axis++) {
      long stride = strides.get(axis);
      if (stride == 1) {
        terms.add(coordinates.get(axis));
      } else if (stride != 0) {
        terms.add(coordinates.get(axis) + " * " + stride + "u");
      }
    }
    return terms.isEmpty() ? "0u" : String.join(" + ", terms);
  }

  private static List<Long> permuted(long[] strides, List<Integer> order) {
    long[] result = new long[strides.length];
    for (int i = 0; i < strides.length; i++) {
      result[i] = strides[order.get(i)];
    }
    return Arrays.stream(result).boxed().toList();
  }
}
