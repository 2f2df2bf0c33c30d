package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// One direction of a recurrent layer (ONNX `RNN`, `GRU`, `LSTM`), step after step over a sequence.
///
/// With `a = gates[t] + h*weight + bias`, one column of `hidden` units for each gate, and the state
/// `h` (and `c`) after the step before:
///
/// - `RNN`: `h = f(a)`
/// - `GRU`, gates z, r, h: `z = f(a_z)`, `r = f(a_r)`, `n = g(gates[t]_h + (r.h)*weight_h +
///   bias_h)`, `h = (1-z).n + z.h`
/// - `GRU_RESET_AFTER`: the same with `n = g(gates[t]_h + r.(h*weight_h + bias_h))`
/// - `LSTM`, gates i, o, f, c, with peepholes `p`: `i = f(a_i + p_i.c)`, `f = f(a_f + p_f.c)` or,
///   when coupled, `1-i`, `c = f.c + i.g(a_c)`, `o = f(a_o + p_o.c)`, `h = o.h(c)`
///
/// The result is `[steps + states, batch, hidden]`: `h` of every step, then the last `h`, then for
/// an LSTM the last `c`. From a sequence's length on, the state stays and the step's row is 0.
///
/// @param gates what the input contributes, its bias included: `[steps, batch, gates*hidden]`
/// @param weight `[hidden, gates*hidden]`
/// @param bias `[gates*hidden]`
/// @param initial `[states, batch, hidden]`: `h`, and for an LSTM `c`
/// @param peepholes `[3*hidden]` in the order i, o, f; of an LSTM only
/// @param lengths of the sequences, integers `[batch]`
/// @param activations `f`, `g`, `h` as far as the kind has them
/// @param clip bound on the magnitude of the arguments of `f` and `g`; infinity for none
/// @param coupled whether an LSTM's forget gate is one minus the input gate
/// @param reverse whether the steps are taken from the last to the first
public record Recurrence(
    Kind kind,
    Value gates,
    Value weight,
    Value bias,
    Value initial,
    Optional<Value> peepholes,
    Optional<Value> lengths,
    List<RecurrentActivation> activations,
    double clip,
    boolean coupled,
    boolean reverse)
    implements Op {
  /// What a step computes.
  public enum Kind {
    RNN(1, 1, 1),
    GRU(3, 1, 2),
    GRU_RESET_AFTER(3, 1, 2),
    LSTM(4, 2, 3);

    private final int gates;
    private final int states;
    private final int activations;

    Kind(int gates, int states, int activations) {
      this.gates = gates;
      this.states = states;
      this.activations = activations;
    }

    public int gates() {
      return gates;
    }

    public int states() {
      return states;
    }

    public int activations() {
      return activations;
    }
  }

  public Recurrence {
    activations = List.copyOf(activations);
    long hidden = weight.shape().rank() == 2 ? weight.shape().extent(0) : 0;
    long columns = kind.gates() * hidden;
    boolean fits =
        hidden > 0
            && weight.shape().extent(1) == columns
            && gates.shape().rank() == 3
            && gates.shape().dim(2).equals(Dim.of(columns))
            && bias.shape().equals(Shape.of(columns))
            && initial
                .shape()
                .equals(
                    new Shape(List.of(Dim.of(kind.states()), gates.shape().dim(1), Dim.of(hidden))))
            && peepholes.map(p -> p.shape().equals(Shape.of(3 * hidden))).orElse(true)
            && lengths
                .map(l -> l.shape().equals(new Shape(List.of(gates.shape().dim(1)))))
                .orElse(true)
            && activations.size() == kind.activations();
    if (!fits || peepholes.isPresent() && kind != Kind.LSTM) {
      throw new IrException(
          "recurrence " + kind + " of " + gates.type() + " with weight " + weight.type());
    }
  }

  /// Units of the layer.
  public long hidden() {
    return weight.shape().extent(0);
  }

  @Override
  public String name() {
    return "recurrence";
  }

  @Override
  public List<Value> operands() {
    List<Value> operands = new ArrayList<>(List.of(gates, weight, bias, initial));
    peepholes.ifPresent(operands::add);
    lengths.ifPresent(operands::add);
    return List.copyOf(operands);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("kind", Attributes.text(kind))
        .withFlag("peepholes", peepholes.isPresent())
        .withFlag("lengths", lengths.isPresent())
        .with(
            "activations",
            activations.stream()
                .map(a -> Attributes.text(a.function()))
                .collect(Collectors.joining(" ")))
        .with(
            "alpha",
            new Attribute.Reals(activations.stream().map(RecurrentActivation::alpha).toList()))
        .with(
            "beta",
            new Attribute.Reals(activations.stream().map(RecurrentActivation::beta).toList()))
        .with("clip", clip)
        .withFlag("coupled", coupled)
        .withFlag("reverse", reverse);
  }

  @Override
  public TensorType resultType() {
    DataType type = gates.type().elementType();
    return TensorType.of(
        type,
        new Shape(
            List.of(
                gates.shape().dim(0).plus(kind.states()),
                gates.shape().dim(1),
                weight.shape().dim(0))));
  }

  static Recurrence from(List<Value> operands, Attributes attributes) {
    boolean peepholes = attributes.flag("peepholes");
    boolean lengths = attributes.flag("lengths");
    int expected = 4 + (peepholes ? 1 : 0) + (lengths ? 1 : 0);
    List<String> functions = Arrays.asList(attributes.text("activations").split(" ", -1));
    List<Double> alpha = attributes.reals("alpha");
    List<Double> beta = attributes.reals("beta");
    if (operands.size() != expected
        || alpha.size() != functions.size()
        || beta.size() != functions.size()) {
      throw new IrException("recurrence of " + operands.size() + " operands, not " + expected);
    }
    List<RecurrentActivation> activations = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      activations.add(
          new RecurrentActivation(
              RecurrentActivation.Function.parse(functions.get(i)), alpha.get(i), beta.get(i)));
    }
    return new Recurrence(
        attributes.constant("kind", Kind.class),
        operands.get(0),
        operands.get(1),
        operands.get(2),
        operands.get(3),
        peepholes ? Optional.of(operands.get(4)) : Optional.empty(),
        lengths ? Optional.of(operands.getLast()) : Optional.empty(),
        activations,
        attributes.real("clip"),
        attributes.flag("coupled"),
        attributes.flag("reverse"));
  }
}
