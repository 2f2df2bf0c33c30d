package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// op(x) => x
///
/// when the operation changes nothing: a pointwise `x0`, a reshape or broadcast to the same shape,
/// a transpose that permutes nothing, a slice of everything, a pad by nothing, a concat of one
/// value, a pool of one tap, a resize by 1, a reduction of one element, a relayout to the same
/// layout.
public final class RemoveIdentity implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    return candidate(node.op()).filter(x -> x.type().equals(node.result().type()));
  }

  /// The operand that the result equals, if its type is the same.
  private static Optional<Value> candidate(Op op) {
    return switch (op) {
      case Pointwise(List<Value> operands, Operand(int index)) -> Optional.of(operands.get(index));
      case Reshape(Value input, _) -> Optional.of(input);
      case Broadcast(Value input, _) -> Optional.of(input);
      case Relayout(Value input) -> Optional.of(input);
      case Concat(List<Value> operands, _) when operands.size() == 1 ->
          Optional.of(operands.getFirst());
      case Transpose(Value input, List<Long> permutation)
          when permutation.equals(permutation.stream().sorted().toList()) ->
          Optional.of(input);
      case Slice(Value input, List<Long> starts, Shape sizes, List<Long> steps)
          when keepsEverything(starts, sizes, steps) ->
          Optional.of(input);
      case Pad(Value input, List<Long> before, List<Long> after, _, _)
          when before.stream().allMatch(n -> n == 0) && after.stream().allMatch(n -> n == 0) ->
          Optional.of(input);
      case Pool pool when pool.window().isPointwise() -> Optional.of(pool.input());
      case Resize resize
          when resize.scales().stream().allMatch(s -> s == 1) && resize.roi().isEmpty() ->
          Optional.of(resize.input());
      case Reduce(_, Value input, List<Long> axes, _, DataType element)
          when element == input.type().elementType()
              && axes.stream().allMatch(a -> isOne(input.shape(), a.intValue())) ->
          Optional.of(input);
      default -> Optional.empty();
    };
  }

  private static boolean isOne(Shape shape, int axis) {
    return shape.dim(axis).isKnown() && shape.extent(axis) == 1;
  }

  private static boolean keepsEverything(List<Long> starts, Shape sizes, List<Long> steps) {
    return IntStream.range(0, starts.size())
        .allMatch(axis -> starts.get(axis) == 0 && (steps.get(axis) == 1 || isOne(sizes, axis)));
  }
}
