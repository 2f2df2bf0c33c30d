package dev.tuckerc.onnx.exporter;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrentActivation;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Writes a recurrence as the ONNX layer that it is a direction of, with the gates as its input and
/// the identity as the weight of that input.
final class RecurrenceExporter {
  private RecurrenceExporter() {}

  static void export(GraphWriter writer, Recurrence op, Value result) {
    String name = writer.name(result);
    DataType type = op.gates().type().elementType();
    long columns = op.weight().shape().extent(1);
    long hidden = op.hidden();
    if (!type.isFloat() || columns > 4096) {
      throw new IrException("a recurrent layer of " + columns + " gate columns");
    }
    Tensor identity = Tensor.zeros(type, List.of(1L, columns, columns));
    for (int i = 0; i < columns; i++) {
      identity.setDouble((int) (i * columns + i), 1);
    }
    String transposed = writer.fresh(name + "_weight");
    writer.node(
        "Transpose",
        List.of(writer.name(op.weight())),
        transposed,
        attribute("perm", List.of(1L, 0L)));
    Tensor zeros = Tensor.zeros(type, List.of(columns));
    String bias = writer.fresh(name + "_bias");
    writer.node(
        "Concat",
        List.of(writer.constant("zeros", zeros), writer.name(op.bias())),
        bias,
        attribute("axis", 0L));
    String lengths = "";
    if (op.lengths().isPresent()) {
      lengths = writer.fresh(name + "_lengths");
      writer.node(
          "Cast",
          List.of(writer.name(op.lengths().get())),
          lengths,
          GraphWriter.type("to", DataType.I32));
    }
    List<String> inputs = new ArrayList<>();
    inputs.add(writer.name(op.gates()));
    inputs.add(writer.constant("identity", identity));
    inputs.add(shaped(writer, transposed, name, List.of(1L, columns, hidden)));
    inputs.add(shaped(writer, bias, name, List.of(1L, 2 * columns)));
    inputs.add(lengths);
    inputs.add(state(writer, op, 0, name));
    boolean lstm = op.kind() == Recurrence.Kind.LSTM;
    if (lstm) {
      inputs.add(state(writer, op, 1, name));
      inputs.add(
          op.peepholes()
              .map(p -> shaped(writer, writer.name(p), name, List.of(1L, 3 * hidden)))
              .orElse(""));
    }
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i <= op.kind().states(); i++) {
      outputs.add(writer.fresh(name + "_y"));
    }
    writer.node(
        lstm ? "LSTM" : op.kind() == Recurrence.Kind.RNN ? "RNN" : "GRU",
        inputs,
        outputs,
        attributes(op));
    String rows = writer.fresh(name + "_rows");
    // The directions, of which there is one, are axis 1 of all steps and axis 0 of the last states.
    writer.node("Squeeze", List.of(outputs.getFirst(), writer.longs("axes", List.of(1L))), rows);
    List<String> parts = new ArrayList<>(List.of(rows));
    parts.addAll(outputs.subList(1, outputs.size()));
    writer.node("Concat", parts, name, attribute("axis", 0L));
  }

  private static AttributeProto[] attributes(Recurrence op) {
    List<AttributeProto> attributes = new ArrayList<>();
    attributes.add(attribute("hidden_size", op.hidden()));
    attributes.add(attribute("direction", op.reverse() ? "reverse" : "forward"));
    attributes.add(
        GraphWriter.texts(
            "activations", op.activations().stream().map(a -> onnxName(a.function())).toList()));
    attributes.add(
        GraphWriter.reals(
            "activation_alpha",
            op.activations().stream()
                .filter(a -> a.function().usesAlpha())
                .map(RecurrentActivation::alpha)
                .toList()));
    attributes.add(
        GraphWriter.reals(
            "activation_beta",
            op.activations().stream()
                .filter(a -> a.function().usesBeta())
                .map(RecurrentActivation::beta)
                .toList()));
    if (Double.isFinite(op.clip())) {
      attributes.add(attribute("clip", op.clip()));
    }
    if (op.coupled()) {
      attributes.add(attribute("input_forget", true));
    }
    if (op.kind() == Recurrence.Kind.GRU_RESET_AFTER) {
      attributes.add(attribute("linear_before_reset", true));
    }
    return attributes.toArray(AttributeProto[]::new);
  }

  private static String onnxName(RecurrentActivation.Function function) {
    return switch (function) {
      case SIGMOID -> "Sigmoid";
      case TANH -> "Tanh";
      case RELU -> "Relu";
      case AFFINE -> "Affine";
      case LEAKY_RELU -> "LeakyRelu";
      case THRESHOLDED_RELU -> "ThresholdedRelu";
      case SCALED_TANH -> "ScaledTanh";
      case HARD_SIGMOID -> "HardSigmoid";
      case ELU -> "Elu";
      case SOFTSIGN -> "Softsign";
      case SOFTPLUS -> "Softplus";
    };
  }

  /// One of the initial states, `[1, batch, hidden]`.
  private static String state(GraphWriter writer, Recurrence op, long index, String hint) {
    String state = writer.fresh(hint + "_initial");
    writer.node(
        "Slice",
        List.of(
            writer.name(op.initial()),
            writer.longs("starts", List.of(index)),
            writer.longs("ends", List.of(index + 1)),
            writer.longs("axes", List.of(0L))),
        state);
    return state;
  }

  private static String shaped(GraphWriter writer, String value, String hint, List<Long> shape) {
    String shaped = writer.fresh(hint + "_shaped");
    writer.node("Reshape", List.of(value, writer.longs("shape", shape)), shaped);
    return shaped;
  }
}
