package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.I32;

import java.util.ArrayList;
import java.util.List;

/// Normalisations and recurrent layers.
final class LayerKinds {
  private LayerKinds() {}

  static void addTo(List<Kind> kinds) {
    kinds.add(new Kind("BatchNormalization", LayerKinds::batch));
    kinds.add(new Kind("InstanceNormalization", LayerKinds::instance));
    kinds.add(new Kind("LayerNormalization", LayerKinds::layer));
    kinds.add(new Kind("GroupNormalization", LayerKinds::group));
    kinds.add(
        new Kind(
            "LpNormalization",
            d -> {
              int rank = d.between(1, 4);
              return OperatorInstance.of("LpNormalization", 1)
                  .input(d.floats(d.shape(rank)))
                  .with("axis", d.axis(rank))
                  .with("p", d.between(1, 2));
            }));
    kinds.add(
        new Kind(
            "MeanVarianceNormalization",
            d ->
                OperatorInstance.of("MeanVarianceNormalization", 13)
                    .input(d.floats(d.extents(4, 2, 5)))
                    .tolerance(10)));
    kinds.add(
        new Kind(
            "LRN",
            d ->
                OperatorInstance.of("LRN", 13)
                    .input(d.floats(d.shape(4)))
                    .with("size", 2L * d.between(0, 2) + 1)
                    .with("alpha", d.real(0.0001, 0.5))
                    .with("beta", d.real(0.3, 1))
                    .with("bias", d.real(0.5, 2))));
    for (String name : List.of("RNN", "GRU", "LSTM")) {
      kinds.add(new Kind(name, d -> recurrent(d, name)));
    }
  }

  private static OperatorInstance batch(Draw d) {
    List<Long> shape = d.shape(d.between(2, 4));
    List<Long> channels = List.of(shape.get(1));
    return OperatorInstance.of("BatchNormalization", 15)
        .input(d.floats(shape))
        .input(d.floats(channels))
        .input(d.floats(channels))
        .input(d.floats(channels))
        .input(d.floats(F32, channels, 0.1, 2))
        .with("epsilon", d.real(1e-5, 1e-2));
  }

  private static OperatorInstance instance(Draw d) {
    List<Long> shape = d.extents(d.between(3, 5), 2, 5);
    List<Long> channels = List.of(shape.get(1));
    return OperatorInstance.of("InstanceNormalization", 6)
        .input(d.floats(shape))
        .input(d.floats(channels))
        .input(d.floats(channels))
        .with("epsilon", d.real(1e-4, 1e-2))
        .tolerance(10);
  }

  private static OperatorInstance layer(Draw d) {
    int rank = d.between(1, 4);
    List<Long> shape = d.extents(rank, 2, 5);
    int axis = d.between(0, rank - 1);
    List<Long> rest = shape.subList(axis, rank);
    OperatorInstance instance =
        OperatorInstance.of("LayerNormalization", 17)
            .input(d.floats(shape))
            .input(d.floats(rest))
            .with("axis", d.coin() ? axis : axis - rank)
            .with("epsilon", d.real(1e-4, 1e-2))
            .tolerance(10);
    return d.coin() ? instance.input(d.floats(rest)) : instance;
  }

  private static OperatorInstance group(Draw d) {
    long groups = d.between(1, 3);
    long channels = groups * d.between(1, 3);
    return OperatorInstance.of("GroupNormalization", 21)
        .input(d.floats(List.of(2L, channels, (long) d.between(2, 4), (long) d.between(2, 4))))
        .input(d.floats(List.of(channels)))
        .input(d.floats(List.of(channels)))
        .with("num_groups", groups)
        .tolerance(10);
  }

  private static OperatorInstance recurrent(Draw d, String name) {
    long gates = name.equals("LSTM") ? 4 : name.equals("GRU") ? 3 : 1;
    long steps = d.between(1, 6);
    long batch = d.between(1, 3);
    long size = d.between(1, 4);
    long hidden = d.between(1, 5);
    String direction = d.pick("forward", "reverse", "bidirectional");
    long directions = direction.equals("bidirectional") ? 2 : 1;
    OperatorInstance instance =
        OperatorInstance.of(name, 14)
            .input(d.floats(List.of(steps, batch, size)))
            .constant(d.floats(F32, List.of(directions, gates * hidden, size), -1, 1))
            .constant(d.floats(F32, List.of(directions, gates * hidden, hidden), -1, 1))
            .with("hidden_size", hidden)
            .with("direction", direction)
            .outputs(name.equals("LSTM") ? 3 : 2);
    if (d.coin()) {
      instance.constant(d.floats(F32, List.of(directions, 2 * gates * hidden), -1, 1));
    } else {
      instance.absent();
    }
    if (d.coin()) {
      instance.constant(d.integers(I32, List.of(batch), 1, (int) steps));
    } else {
      instance.absent();
    }
    if (d.coin()) {
      instance.input(d.floats(List.of(directions, batch, hidden)));
      if (name.equals("LSTM")) {
        instance.input(d.floats(List.of(directions, batch, hidden)));
        if (d.coin()) {
          instance.constant(d.floats(F32, List.of(directions, 3 * hidden), -1, 1));
        }
      }
    }
    int functions = name.equals("LSTM") ? 3 : name.equals("GRU") ? 2 : 1;
    if (d.coin()) {
      List<String> activations = new ArrayList<>();
      for (int i = 0; i < directions * functions; i++) {
        // Unbounded ones grow beyond all bounds where products feed them.
        activations.add(
            name.equals("RNN")
                ? d.pick("Tanh", "Relu", "HardSigmoid", "Softplus", "Elu")
                : d.pick("Sigmoid", "Tanh", "HardSigmoid", "Softsign"));
      }
      instance.texts("activations", activations);
    }
    if (name.equals("GRU")) {
      instance.with("linear_before_reset", d.coin());
    }
    if (d.between(0, 3) == 0) {
      instance.with("clip", d.real(0.3, 1));
    }
    return instance.tolerance(3);
  }
}
