package dev.tuckerc.training.penni;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// The channels that have one number everywhere, whatever the input: what a filter without
/// coefficients emits, and what becomes of it on the way, such as `relu(beta - gamma * mean /
/// sigma)` after a normalisation.
final class UniformChannels {
  private final Map<Value, double[]> numbers = new IdentityHashMap<>();
  private final Map<Value, Constant> constants;

  private UniformChannels(Map<Value, Constant> constants) {
    this.constants = constants;
  }

  /// @param filters with the numbers they have now
  static UniformChannels of(
      Graph graph, Map<Value, Constant> constants, Map<Node, Filter> filters) {
    UniformChannels uniform = new UniformChannels(constants);
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Constant) && node.results().size() == 1) {
        uniform.add(node, filters);
      }
    }
    return uniform;
  }

  /// The number of a channel; NaN where it has not one.
  double of(Value value, int channel) {
    double[] known = numbers.get(value);
    return known == null ? Double.NaN : known[channel];
  }

  private void add(Node node, Map<Node, Filter> filters) {
    Value result = node.result();
    if (result.shape().rank() < 2 || !result.shape().dim(1).isKnown()) {
      return;
    }
    int channels = Math.toIntExact(result.shape().extent(1));
    double[] own = new double[channels];
    Arrays.fill(own, Double.NaN);
    Filter filter = filters.get(node);
    if (filter != null) {
      for (int output = 0; output < channels; output++) {
        own[output] = filtered(filter, output);
      }
    } else {
      switch (node.op()) {
        case BatchNormalization op -> normalize(op, own);
        case Pointwise op -> pointwise(op, own);
        case Pool op
            when op.kind() == Pool.Kind.MAXIMUM
                || !op.countPadding()
                || op.window().padBefore().stream().allMatch(p -> p == 0)
                    && op.window().padAfter().stream().allMatch(p -> p == 0) ->
            copy(op.input(), own);
        case Reduce op
            when op.axes().stream().allMatch(axis -> axis >= 2)
                && (op.kind() == Reduce.Kind.MEAN
                    || op.kind() == Reduce.Kind.MAXIMUM
                    || op.kind() == Reduce.Kind.MINIMUM) ->
            copy(op.input(), own);
        case Reshape op
            when op.input().shape().rank() >= 2
                && op.input().shape().dim(1).equals(result.shape().dim(1))
                && op.input().shape().dims().stream()
                    .skip(2)
                    .allMatch(dev.tuckerc.ir.Dim.of(1)::equals) ->
            copy(op.input(), own);
        case dev.tuckerc.ir.Op _ -> {}
      }
    }
    numbers.put(result, own);
  }

  private double filtered(Filter filter, int output) {
    double sum = filter.bias()[output];
    for (int input = 0; input < filter.weight().inputs(); input++) {
      if (filter.weight().isZero(output, input)) {
        continue;
      }
      double number = of(filter.input(), input);
      if (number != 0) {
        sum = filter.pads() ? Double.NaN : sum + number * filter.weight().sum(output, input);
      }
    }
    return sum;
  }

  private void copy(Value from, double[] own) {
    for (int channel = 0; channel < own.length; channel++) {
      own[channel] = of(from, channel);
    }
  }

  private void normalize(BatchNormalization op, double[] own) {
    for (int c = 0; c < own.length; c++) {
      double deviation = Math.sqrt(number(op.variance(), c) + op.epsilon());
      own[c] =
          number(op.scale(), c) * (of(op.input(), c) - number(op.mean(), c)) / deviation
              + number(op.bias(), c);
    }
  }

  private double number(Value parameter, int channel) {
    Constant constant = constants.get(parameter);
    return constant == null ? Double.NaN : constant.tensor().getDouble(channel);
  }

  /// Evaluates the node on one element for each channel.
  private void pointwise(Pointwise op, double[] own) {
    List<Value> operands = new ArrayList<>();
    List<Tensor> tensors = new ArrayList<>();
    boolean[] known = new boolean[own.length];
    Arrays.fill(known, true);
    for (Value operand : op.operands()) {
      float[] numbersOf = new float[own.length];
      Constant constant = constants.get(operand);
      for (int c = 0; c < own.length; c++) {
        double number =
            constant == null ? of(operand, c) : element(constant.tensor(), operand, op, c);
        known[c] &= !Double.isNaN(number);
        numbersOf[c] = Double.isNaN(number) ? 0 : (float) number;
      }
      if (operand.type().elementType() != dev.tuckerc.tensor.DataType.F32) {
        return;
      }
      operands.add(new Value("", TensorType.of(operand.type().elementType(), own.length)));
      tensors.add(Tensor.ofFloats(List.of((long) own.length), numbersOf));
    }
    Tensor result = Interpreter.evaluate(new Pointwise(operands, op.body()), tensors);
    for (int c = 0; c < own.length; c++) {
      own[c] = known[c] ? result.getDouble(c) : Double.NaN;
    }
  }

  private static double element(Tensor constant, Value operand, Pointwise op, int channel) {
    return constant.size() == 1
        ? constant.getDouble(0)
        : ChannelGroups.isOnePerChannel(operand.shape(), op.resultType().shape())
            ? constant.getDouble(channel)
            : Double.NaN;
  }
}
