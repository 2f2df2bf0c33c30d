package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;

/// conv(x, w, b)*s + t => conv(x, w*s, b*s + t)
///
/// when `s` and `t` are constant per output channel; the same for a transposed convolution. With
/// [BatchNormToScaleShift] this folds batch normalisation, and with `s = 1` an added bias.
final class FoldScaleIntoConv implements RewriteRule {
  private static final int CHANNEL_AXIS = 1;

  private final ConstantEvaluator evaluator;

  FoldScaleIntoConv(ConstantEvaluator evaluator) {
    this.evaluator = evaluator;
  }

  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    boolean ofConvolution =
        node.op().operands().stream()
            .flatMap(operand -> context.definition(operand).stream())
            .anyMatch(d -> d.op() instanceof Convolution || d.op() instanceof ConvolutionTranspose);
    if (!ofConvolution || node.result().shape().rank() < 3) {
      return Optional.empty();
    }
    Optional<ScaleShift> affine = ScaleShift.of(node, CHANNEL_AXIS, context, evaluator);
    if (affine.isEmpty()) {
      return Optional.empty();
    }
    Optional<Node> producer = context.definition(affine.get().variable());
    if (producer.isEmpty()) {
      return Optional.empty();
    }
    return switch (producer.get().op()) {
      case Convolution conv when conv.epilogue().isIdentity() ->
          fold(conv.weight(), conv.bias(), affine.get(), producer.get(), node, context)
              .map(folded ->
                  new Convolution(
                      conv.input(),
                      folded.weight(),
                      Optional.of(folded.bias()),
                      conv.window(),
                      conv.groups(),
                      conv.epilogue()))
              .map(op -> context.emitInPlace(op, producer.get()));
      case ConvolutionTranspose conv ->
          fold(conv.weight(), conv.bias(), affine.get(), producer.get(), node, context)
              .map(folded ->
                  new ConvolutionTranspose(
                      conv.input(),
                      folded.weight(),
                      Optional.of(folded.bias()),
                      conv.window(),
                      conv.outputPadding(),
                      conv.groups()))
              .map(op -> context.emitInPlace(op, producer.get()));
      default -> Optional.empty();
    };
  }

  /// New weight and bias of a convolution.
  private record Folded(Value weight, Value bias) {}

  private static Optional<Folded> fold(
      Value weight,
      Optional<Value> bias,
      ScaleShift affine,
      Node producer,
      Node node,
      RewriteContext context) {
    if (context.uses(producer.result()) > 1) {
      context.missed("the convolution's result has other uses");
      return Optional.empty();
    }
    Optional<Tensor> weights = context.constant(weight);
    Optional<Tensor> biases = bias.flatMap(context::constant);
    if (affine.scale().isPresent() && weights.isEmpty() || bias.isPresent() && biases.isEmpty()) {
      context.missed("the convolution's weight or bias is not constant");
      return Optional.empty();
    }
    int channels = Math.toIntExact(node.result().shape().extent(CHANNEL_AXIS));
    DataType type = biases.map(Tensor::type).orElse(node.result().type().elementType());
    Tensor newBias = Tensor.zeros(type, List.of((long) channels));
    for (int c = 0; c < channels; c++) {
      double old = biases.isPresent() ? biases.get().getDouble(c) : 0;
      double scaled = affine.scale().isPresent() ? old * affine.scale().get()[c] : old;
      newBias.setDouble(c, affine.shift().isPresent() ? scaled + affine.shift().get()[c] : scaled);
    }
    Value newWeight = weight;
    if (affine.scale().isPresent()) {
      Optional<Tensor> scaled = scaled(producer.op(), weights.orElseThrow(), affine.scale().get());
      if (scaled.isEmpty() || !Tensors.isFinite(newBias)) {
        context.missed("the scaled weight or bias does not fit its type");
        return Optional.empty();
      }
      newWeight = context.constant(context.labelOf(weight) + ".folded", scaled.get());
    }
    String label = bias.map(context::labelOf).orElse(context.labelOf(weight) + ".bias");
    return Optional.of(new Folded(newWeight, context.constant(label + ".folded", newBias)));
  }

  private static Optional<Tensor> scaled(Op op, Tensor weight, double[] scale) {
    if (op instanceof ConvolutionTranspose transposed) {
      // Weight [I, O/groups, ...]: input channels of group g make the output channels of group g.
      int perGroup = weight.dimension(1);
      int inputsPerGroup = weight.dimension(0) / Math.toIntExact(transposed.groups());
      return Tensors.scaleRows(
          weight, 2, row -> scale[row / perGroup / inputsPerGroup * perGroup + row % perGroup]);
    }
    return Tensors.scaleRows(weight, 1, row -> scale[row]);
  }
}
