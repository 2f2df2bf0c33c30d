package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A small graph in the making, with the values of its inputs and constants: random ones that
/// depend on the seed alone, or given ones.
public final class CaseBuilder {
  private final List<Value> inputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> feeds = new LinkedHashMap<>();
  private final Random random;

  public CaseBuilder(long seed) {
    random = new Random(seed);
  }

  /// An input of random values.
  ///
  /// @param layout how it is stored
  public Value input(DataType type, Layout layout, long... shape) {
    return input(random(type, shape), layout);
  }

  /// An input of given values, stored in a layout.
  public Value input(Tensor tensor, Layout layout) {
    TensorType type = TensorType.of(tensor.type(), Shape.of(tensor.shape()));
    Value value = new Value("in" + inputs.size(), type.withLayout(layout));
    inputs.add(value);
    feeds.put(value.name(), tensor);
    return value;
  }

  /// A constant of random values.
  public Value constant(DataType type, long... shape) {
    return constant(random(type, shape));
  }

  /// A constant.
  public Value constant(Tensor tensor) {
    return add(new Constant("w" + nodes.size(), tensor), Layout.ROW_MAJOR);
  }

  /// A node whose result is stored in a layout.
  public Value add(Op op, Layout layout) {
    String name = op.name() + nodes.size();
    Value result = new Value(name, op.resultType().withLayout(layout));
    nodes.add(new Node(op, result, Location.of(nodes.size(), "test/" + name, op.name())));
    return result;
  }

  /// Random values in [-1, 1) for floats, false or true, or small integers.
  public Tensor random(DataType type, long... shape) {
    List<Long> extents = Arrays.stream(shape).boxed().toList();
    Tensor tensor = Tensor.zeros(type, extents);
    for (int i = 0; i < tensor.size(); i++) {
      if (type.isFloat()) {
        tensor.setDouble(i, random.nextDouble() * 2 - 1);
      } else if (type == DataType.BOOL) {
        tensor.setLong(i, random.nextInt(2));
      } else {
        tensor.setLong(
            i, random.nextInt(type.isUnsigned() ? 20 : 40) - (type.isUnsigned() ? 0 : 20));
      }
    }
    return tensor;
  }

  /// The graph, whose outputs are called `out0`, `out1`, ...
  public Graph graph(Value... results) {
    List<Graph.Output> outputs = new ArrayList<>();
    for (Value value : results) {
      outputs.add(new Graph.Output("out" + outputs.size(), value));
    }
    return new Graph("test", inputs, nodes, outputs);
  }

  /// Values of the inputs by name.
  public Map<String, Tensor> feeds() {
    return Collections.unmodifiableMap(feeds);
  }
}
