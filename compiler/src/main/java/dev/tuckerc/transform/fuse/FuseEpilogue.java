package dev.tuckerc.transform.fuse;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.canonicalize.Expressions;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// pointwise(conv(x, w) {g}, y) {f} => conv(x, w, y) {f(g(x0), x1)}
///
/// The same for a matrix product. When the product has no other use and the shape of the result.
/// The convolution takes the place of the pointwise operation, so that `y`, a residual for example,
/// is there before it. Where two operands are products, the later one is the one to fuse into.
final class FuseEpilogue implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Pointwise pointwise)) {
      return Optional.empty();
    }
    List<Node> producers = new ArrayList<>();
    for (Value operand : pointwise.operands()) {
      Optional<Node> producer = context.definition(operand).filter(p -> hasEpilogue(p.op()));
      if (producer.isEmpty()) {
        continue;
      }
      String obstacle = obstacle(pointwise, producer.get(), node, context);
      if (obstacle.isEmpty()) {
        producers.add(producer.get());
      } else {
        context.missed(obstacle);
      }
    }
    return context
        .latest(producers)
        .map(producer ->
            context.emitInPlace(withEpilogue(producer.op(), fused(pointwise, producer)), producer));
  }

  private static String obstacle(
      Pointwise pointwise, Node producer, Node node, RewriteContext context) {
    Value product = producer.result();
    if (context.uses(product) > 1) {
      return "%" + product.name() + " has other uses";
    }
    if (!product.shape().equals(node.result().shape())) {
      return "%" + product.name() + " is broadcast";
    }
    if (!node.result().type().elementType().isFloat()) {
      return "the result is of type " + node.result().type().elementType();
    }
    Epilogue fused = fused(pointwise, producer);
    if (fused.operands().size() + 2 > Fusion.MOST_OPERANDS) {
      return "the epilogue would have " + fused.operands().size() + " operands";
    }
    if (Expressions.size(fused.body()) > Fusion.LARGEST_EXPRESSION) {
      return "the epilogue would be too large";
    }
    return "";
  }

  private static Epilogue fused(Pointwise pointwise, Node producer) {
    Epilogue own = epilogue(producer.op());
    // Operand 0 of an epilogue is the product itself.
    Fusion.Operands operands = new Fusion.Operands();
    Operand product = operands.use(producer.result());
    ScalarExpression inner =
        own.body().substitute(i -> i == 0 ? product : operands.use(own.operands().get(i - 1)));
    ScalarExpression body =
        pointwise
            .body()
            .substitute(i -> {
              Value operand = pointwise.operands().get(i);
              return operand == producer.result() ? inner : operands.use(operand);
            });
    return new Epilogue(body, operands.values().subList(1, operands.values().size()));
  }

  private static boolean hasEpilogue(Op op) {
    return op instanceof Convolution || op instanceof MatMul;
  }

  private static Epilogue epilogue(Op op) {
    return switch (op) {
      case Convolution conv -> conv.epilogue();
      case MatMul matmul -> matmul.epilogue();
      default -> Epilogue.NONE;
    };
  }

  private static Op withEpilogue(Op op, Epilogue epilogue) {
    return switch (op) {
      case Convolution conv ->
          new Convolution(
              conv.input(), conv.weight(), conv.bias(), conv.window(), conv.groups(), epilogue);
      case MatMul matmul -> new MatMul(matmul.a(), matmul.b(), epilogue);
      default -> throw new IllegalArgumentException(op.name() + " has no epilogue");
    };
  }
}
