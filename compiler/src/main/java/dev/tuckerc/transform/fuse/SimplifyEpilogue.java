package dev.tuckerc.transform.fuse;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.canonicalize.ExpressionSimplifier;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// conv(x, w) {f} => conv(x, w) {simplified f}
final class SimplifyEpilogue implements RewriteRule {
  private final ExpressionSimplifier simplifier;

  SimplifyEpilogue(ExpressionSimplifier simplifier) {
    this.simplifier = simplifier;
  }

  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    return switch (node.op()) {
      case Convolution c ->
          simplified(c.epilogue(), c.input())
              .map(e -> new Convolution(c.input(), c.weight(), c.bias(), c.window(), c.groups(), e))
              .map(context::emitInPlace);
      case MatMul m ->
          simplified(m.epilogue(), m.a())
              .map(e -> new MatMul(m.a(), m.b(), e))
              .map(context::emitInPlace);
      default -> Optional.empty();
    };
  }

  private Optional<Epilogue> simplified(Epilogue epilogue, Value input) {
    List<DataType> types = new ArrayList<>(List.of(input.type().elementType()));
    epilogue.operands().forEach(operand -> types.add(operand.type().elementType()));
    ScalarExpression body = simplifier.simplify(epilogue.body(), types);
    return body.equals(epilogue.body())
        ? Optional.empty()
        : Optional.of(new Epilogue(body, epilogue.operands()));
  }
}
