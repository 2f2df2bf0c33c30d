package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Summands;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Two convolutions whose results are added, as one sum: `y = f(A * u + B * v)`, where `B` is a 1x1
/// convolution, such as the shortcut at the end of a residual block. Its products are further terms
/// of the sums of `A`.
public final class JoinedSums {
  private JoinedSums() {}

  /// The sum of two convolutions; empty where they are none that can be joined.
  ///
  /// @param first nothing but additions may be done to its sum
  /// @param between the first one's result, an operand of the second one's epilogue
  /// @param second whose window has one tap, always inside the image
  public static Optional<GemmProblem> of(GemmProblem first, Value between, GemmProblem second) {
    int place = second.operandValues().indexOf(between);
    boolean fits =
        place >= 0
            && second.window().count() == 1
            && !second.window().padded()
            && second.inputStrides().get(4) == 1
            && second.input() != between
            && first.branch().isEmpty()
            && first.batchCount() == 1
            && first.weight().diagonal().blocks() == 1
            && second.batchCount() == 1
            && first.sumType() == second.sumType()
            && first.pixels().equals(second.pixels())
            && first.channels() == second.channels()
            && Summands.isSummand(first.body(), 0);
    if (!fits) {
      return Optional.empty();
    }
    int others = second.operands().size() - 1;
    Optional<ScalarExpression> rest =
        Summands.without(first.body(), 0)
            .map(body -> body.substitute(i -> new Operand(others + 1 + i)));
    // Operands of the first come after those of the second, of which the first's result goes.
    return Summands.joined(second.body(), 0, place + 1, rest)
        .map(body ->
            joined(
                first,
                second,
                place,
                body.substitute(i -> new Operand(i > place + 1 ? i - 1 : i))));
  }

  private static GemmProblem joined(
      GemmProblem first, GemmProblem second, int place, ScalarExpression body) {
    List<OutputOperand> operands = new ArrayList<>(second.operands());
    List<Value> values = new ArrayList<>(second.operandValues());
    operands.remove(place);
    values.remove(place);
    operands.addAll(first.operands());
    values.addAll(first.operandValues());
    for (int i = 0; i < operands.size(); i++) {
      operands.set(i, operands.get(i).at("x" + (i + 1)));
    }
    List<Long> step = second.window().step();
    List<Long> own = second.inputStrides();
    List<Long> strides =
        LongStream.of(
                own.get(0),
                own.get(1) * step.get(0),
                own.get(2) * step.get(1),
                own.get(3) * step.get(2),
                own.get(4))
            .boxed()
            .toList();
    return new GemmProblem(
        first.sumType(),
        first.input(),
        first.batch(),
        first.pixels(),
        first.channels(),
        first.run(),
        first.inputExtents(),
        first.inputStrides(),
        first.inputBatch(),
        first.window(),
        first.weight(),
        body,
        operands,
        values,
        second.result(),
        Optional.of(
            new GemmProblem.Branch(second.input(), second.run(), strides, second.weight())));
  }

  /// Kernels of a region that is two such convolutions; none where it is something else.
  public static List<Candidate> candidates(Region region, LoweringContext context) {
    Graph body = region.body();
    if (body.nodes().size() != 2
        || body.outputs().size() != 1
        || !body.nodes().stream().allMatch(node -> node.op() instanceof Convolution)) {
      return List.of();
    }
    Node first = body.nodes().getFirst();
    Value between = first.result();
    GemmProblem problem = problem(region, first, between, context);
    Node last = body.nodes().getLast();
    Value result = context.node().results().getFirst();
    return of(problem, between, problem(region, last, result, context))
        .map(joined -> GemmMma.candidates(joined, context))
        .orElse(List.of());
  }

  /// A convolution of the body on the values that the region's operands are.
  private static GemmProblem problem(
      Region region, Node node, Value result, LoweringContext context) {
    List<Value> inputs = region.body().inputs();
    List<Value> operands =
        node.op().operands().stream()
            .map(value ->
                inputs.contains(value) ? region.operands().get(inputs.indexOf(value)) : value)
            .toList();
    Op outside = node.op().withOperands(operands);
    LoweringContext own =
        new LoweringContext(
            new Node(outside, result, node.location()),
            context.model(),
            context.constants(),
            context.library());
    return GemmLifting.of((Convolution) outside, own);
  }
}
