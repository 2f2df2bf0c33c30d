package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;

/// Values that lie inside another value's storage: reshapes of row-major values, relayouts and
/// transposes that move no byte, contiguous slices that start on an aligned address; and the other
/// way round what a concat joins, where [PlaceConcats] lets kernels store it in place.
///
/// @param storage of every alias, where it lies
/// @param free results that no kernel has to make
public record Aliases(SequencedMap<Value, Storage> storage, Set<Value> free) {
  /// Alignment of every buffer and of every value in it, in bytes.
  public static final long ALIGNMENT = 256;

  /// A place inside a value's storage.
  ///
  /// @param root is itself no alias
  public record Storage(Value root, long byteOffset) {
    private Storage at(long offset) {
      return new Storage(root, byteOffset + offset);
    }
  }

  public Aliases {
    storage = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(storage));
    free = Collections.unmodifiableSet(new LinkedHashSet<>(free));
  }

  /// The aliases of a graph of known shapes.
  public static Aliases of(Graph graph) {
    SequencedMap<Value, Storage> storage = new LinkedHashMap<>();
    Set<Value> free = new LinkedHashSet<>();
    // A concat's result may itself lie inside that of a later one.
    for (Node node : graph.nodes().reversed()) {
      if (node.op() instanceof Concat concat && isInPlace(concat)) {
        free.add(node.result());
        Storage whole = storage.getOrDefault(node.result(), new Storage(node.result(), 0));
        long before = 0;
        for (Value operand : concat.operands()) {
          storage.put(operand, whole.at(before));
          long channels = operand.shape().extent((int) concat.axis());
          before += channels * operand.type().elementType().bytes();
        }
      }
    }
    for (Node node : graph.nodes()) {
      if (node.results().size() > 1) {
        continue;
      }
      offset(node)
          .ifPresent(offset -> {
            Value operand = node.op().operands().getFirst();
            Storage outer = storage.getOrDefault(operand, new Storage(operand, 0));
            storage.put(node.result(), outer.at(offset));
            free.add(node.result());
          });
    }
    return new Aliases(storage, free);
  }

  /// Whether a concat's operands are slices of the channels of its result.
  private static boolean isInPlace(Concat concat) {
    return concat.operands().stream().allMatch(o -> o.type().layout().pitch() > 0);
  }

  /// Where a value lies: itself, unless it is an alias.
  public Storage storageOf(Value value) {
    return storage.getOrDefault(value, new Storage(value, 0));
  }

  /// Offset in bytes of a node's result inside its first operand; empty when it is no alias.
  private static Optional<Long> offset(Node node) {
    TensorType result = node.result().type();
    return switch (node.op()) {
      case Op op when isPitched(op) || result.layout().pitch() > 0 -> Optional.empty();
      case Reshape(Value input, _) when isRowMajor(input.type()) && isRowMajor(result) ->
          Optional.of(0L);
      case Broadcast(Value input, _)
          when isRowMajor(input.type())
              && isRowMajor(result)
              && input.type().bytes() == result.bytes() ->
          Optional.of(0L);
      case Relayout(Value input) when order(input.type()).equals(order(result)) -> Optional.of(0L);
      case Transpose(Value input, List<Long> permutation)
          when order(input.type())
              .equals(order(result).stream().map(a -> permutation.get(a).intValue()).toList()) ->
          Optional.of(0L);
      case Slice slice -> sliceOffset(slice, result);
      default -> Optional.empty();
    };
  }

  /// Whether a node reads a slice of a wider value, which has its bytes where no other value does.
  private static boolean isPitched(Op op) {
    return op.operands().stream().anyMatch(operand -> operand.type().layout().pitch() > 0);
  }

  /// Whether the bytes lie as in row-major order.
  private static boolean isRowMajor(TensorType type) {
    return order(type).equals(order(type.withLayout(Layout.ROW_MAJOR)));
  }

  /// The axes from the slowest to the fastest, without those of extent 1, which have no place.
  private static List<Integer> order(TensorType type) {
    return type.layout().orderFor(type.shape().rank()).stream()
        .filter(axis -> type.shape().extent(axis) != 1)
        .toList();
  }

  private static Optional<Long> sliceOffset(Slice slice, TensorType result) {
    TensorType input = slice.input().type();
    Shape shape = input.shape();
    List<Long> starts = slice.starts();
    boolean steps =
        IntStream.range(0, shape.rank())
            .allMatch(a -> slice.steps().get(a) == 1 || slice.sizes().extent(a) == 1);
    if (!steps || !input.layout().equals(result.layout()) || result.bytes() == 0) {
      return Optional.empty();
    }
    // From the slowest axis: single indices, then one range, then everything.
    boolean inside = false;
    for (int axis : order(input)) {
      boolean everything = slice.sizes().extent(axis) == shape.extent(axis);
      if (inside && !everything) {
        return Optional.empty();
      }
      inside |= slice.sizes().extent(axis) != 1;
    }
    long[] strides = input.layout().strides(shape.extents());
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += starts.get(axis) * strides[axis];
    }
    long bytes = offset * input.elementType().bytes();
    return bytes % ALIGNMENT == 0 ? Optional.of(bytes) : Optional.empty();
  }
}
