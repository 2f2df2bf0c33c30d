package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A pointwise operation on one variable operand and constants, read as `x*scale + shift` per
/// channel. On 16-bit floats it may be computed in F32, with F32 constants.
///
/// @param variable the operand that is not constant
/// @param scale one factor per channel; empty when all are 1
/// @param shift one summand per channel; empty when all are 0
record ScaleShift(Value variable, Optional<double[]> scale, Optional<double[]> shift) {

  /// Expressions of the factor and the summand, over the operands.
  private record Form(ScalarExpression scale, ScalarExpression shift) {}

  /// The affine form of a node, if it has one.
  ///
  /// @param axis the axis of the result along which the constants may vary
  static Optional<ScaleShift> of(
      Node node, int axis, RewriteContext context, ConstantEvaluator evaluator) {
    Shape result = node.result().shape();
    // Other extents may be open: constants do not vary along them.
    if (!(node.op() instanceof Pointwise pointwise)
        || axis >= result.rank()
        || !result.dim(axis).isKnown()) {
      return Optional.empty();
    }
    List<Value> operands = pointwise.operands();
    DataType own = node.result().type().elementType();
    ScalarExpression body = pointwise.body();
    boolean widened =
        body instanceof Convert(DataType _, ScalarExpression inner)
            && inner.type(operands.stream().map(v -> v.type().elementType()).toList())
                == DataType.F32
            && own.isHalf();
    DataType type = widened ? DataType.F32 : own;
    int[] variables =
        IntStream.range(0, operands.size())
            .filter(i -> context.constant(operands.get(i)).isEmpty())
            .toArray();
    if (variables.length != 1
        || !type.isFloat()
        || !operands.get(variables[0]).type().equals(node.result().type())
        || !operands.stream()
            .allMatch(v -> v.type().elementType() == type || v == operands.get(variables[0]))) {
      return Optional.empty();
    }
    Value variable = operands.get(variables[0]);
    Shape shape = variable.shape();
    boolean perChannel =
        operands.stream()
            .filter(operand -> operand != variable)
            .allMatch(operand -> variesOnlyAlong(axis, operand.shape(), shape.rank()));
    if (!perChannel) {
      return Optional.empty();
    }
    ScalarExpression affine = widened ? ((Convert) body).argument() : body;
    return form(affine, variables[0], type)
        .map(form -> {
          List<Value> others = operands.stream().filter(v -> v != variable).toList();
          int channels = Math.toIntExact(shape.extent(axis));
          ScalarExpression scale = withoutVariable(form.scale(), variables[0]);
          ScalarExpression shift = withoutVariable(form.shift(), variables[0]);
          return new ScaleShift(
              variable,
              vector(scale, others, channels, 1, context, evaluator),
              vector(shift, others, channels, 0, context, evaluator));
        });
  }

  private static boolean variesOnlyAlong(int axis, Shape shape, int rank) {
    return IntStream.range(0, shape.rank())
        .allMatch(own -> own + rank - shape.rank() == axis || shape.extent(own) == 1);
  }

  /// Renumbers the operands as they are once the variable is left out.
  private static ScalarExpression withoutVariable(ScalarExpression expression, int variable) {
    return expression.substitute(i -> new Operand(i < variable ? i : i - 1));
  }

  private static Optional<double[]> vector(
      ScalarExpression expression,
      List<Value> operands,
      int channels,
      double neutral,
      RewriteContext context,
      ConstantEvaluator evaluator) {
    double[] values = new double[channels];
    if (expression instanceof Literal literal) {
      Arrays.fill(values, literal.value());
    } else if (operands.isEmpty()) {
      Arrays.fill(values, evaluator.evaluate(expression).value());
    } else {
      List<Tensor> tensors = new ArrayList<>();
      operands.forEach(operand -> tensors.add(context.constant(operand).orElseThrow()));
      Tensor result = evaluator.evaluate(new Pointwise(operands, expression), tensors);
      for (int c = 0; c < channels; c++) {
        values[c] = result.getDouble(result.size() == 1 ? 0 : c);
      }
    }
    boolean same = Arrays.stream(values).allMatch(v -> v == neutral);
    return same ? Optional.empty() : Optional.of(values);
  }

  private static Optional<Form> form(ScalarExpression expression, int variable, DataType type) {
    Literal zero = Literal.real(type, 0);
    Literal one = Literal.real(type, 1);
    if (!Expressions.uses(expression, variable)) {
      return Optional.of(new Form(zero, expression));
    }
    return switch (expression) {
      case Operand _ -> Optional.of(new Form(one, zero));
      case Literal _ -> Optional.empty();
      case Unary(UnaryFunction function, ScalarExpression argument) ->
          function == UnaryFunction.NEGATE
              ? form(argument, variable, type).map(f -> new Form(negate(f.scale), negate(f.shift)))
              : Optional.empty();
      case Binary(BinaryFunction function, ScalarExpression left, ScalarExpression right) -> {
        Optional<Form> a = form(left, variable, type);
        Optional<Form> b = form(right, variable, type);
        yield a.isEmpty() || b.isEmpty()
            ? Optional.empty()
            : binary(function, a.get(), b.get(), Expressions.uses(right, variable), left, variable);
      }
      // The variable brought into the type that is computed in.
      case Convert(DataType to, ScalarExpression argument)
          when to == type && argument instanceof Operand ->
          Optional.of(new Form(one, zero));
      case Select _, Convert _ -> Optional.empty();
    };
  }

  private static Optional<Form> binary(
      BinaryFunction function,
      Form a,
      Form b,
      boolean rightVaries,
      ScalarExpression left,
      int variable) {
    return switch (function) {
      case ADD, SUBTRACT ->
          Optional.of(
              new Form(apply(function, a.scale, b.scale), apply(function, a.shift, b.shift)));
      case MULTIPLY -> {
        if (!rightVaries) {
          yield Optional.of(
              new Form(apply(function, a.scale, b.shift), apply(function, a.shift, b.shift)));
        }
        yield Expressions.uses(left, variable)
            ? Optional.empty()
            : Optional.of(
                new Form(apply(function, a.shift, b.scale), apply(function, a.shift, b.shift)));
      }
      case DIVIDE ->
          rightVaries
              ? Optional.empty()
              : Optional.of(
                  new Form(apply(function, a.scale, b.shift), apply(function, a.shift, b.shift)));
      default -> Optional.empty();
    };
  }

  private static ScalarExpression negate(ScalarExpression expression) {
    return new Unary(UnaryFunction.NEGATE, expression);
  }

  private static ScalarExpression apply(
      BinaryFunction function, ScalarExpression left, ScalarExpression right) {
    return new Binary(function, left, right);
  }
}
