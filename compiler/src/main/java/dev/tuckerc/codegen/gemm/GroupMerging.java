package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.OutputOperand;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Neighbouring groups of a convolution as one product, whose weight has their weights on a
/// [diagonal][GemmProblem.Diagonal] and zeros beside it. Groups of few channels fill neither the
/// columns of a tensor-core step nor a chunk of its terms, nor a sector of memory.
///
/// The zeros are multiplied: what is not finite in one group makes NaN of the results of all that
/// are merged with it.
public final class GroupMerging {
  /// Columns to which kernels pad, and terms: those of a step of the tensor cores, and of a chunk.
  private static final long COLUMNS = 16;

  private static final long TERMS = 8;

  private GroupMerging() {}

  /// The problem itself, and where groups can be merged also with as many of them merged as make
  /// the fewest multiply-adds, all padding counted; of equal numbers the largest, for it has the
  /// fewest pieces.
  public static List<GemmProblem> worthwhile(GemmProblem problem) {
    if (!isPossible(problem)) {
      return List.of(problem);
    }
    long best = 1;
    for (long count = 2; count <= problem.batchCount(); count++) {
      if (problem.batchCount() % count == 0
          && padded(problem, count) * best <= padded(problem, best) * count) {
        best = count;
      }
    }
    return best == 1 ? List.of(problem) : List.of(problem, merged(problem, best));
  }

  /// Multiply-adds of a row, of merged groups.
  private static long padded(GemmProblem problem, long count) {
    return Math.ceilDiv(problem.channels() * count, COLUMNS)
        * COLUMNS
        * Math.ceilDiv(problem.run() * count, TERMS)
        * TERMS;
  }

  /// All groups as one product; empty where they cannot be merged.
  public static Optional<GemmProblem> all(GemmProblem problem) {
    return isPossible(problem)
        ? Optional.of(merged(problem, problem.batchCount()))
        : Optional.empty();
  }

  /// Whether the batch is groups whose channels follow each other in all tensors, with constant
  /// weights.
  private static boolean isPossible(GemmProblem problem) {
    return problem.batch().size() == 1
        && problem.batchCount() > 1
        && problem.weight().constant().isPresent()
        && problem.inputBatch().getFirst() == problem.run() * problem.inputStrides().get(4)
        && Stream.concat(problem.operands().stream(), Stream.of(problem.result()))
            .allMatch(
                operand -> operand.batch().getFirst() == problem.channels() * operand.channel());
  }

  private static GemmProblem merged(GemmProblem problem, long count) {
    long groups = problem.batchCount() / count;
    GemmProblem.Weight own = problem.weight();
    long stride = own.batchStrides().getFirst();
    GemmProblem.Weight weight =
        new GemmProblem.Weight(
            own.value(),
            own.constant(),
            groups == 1 ? List.of() : List.of(stride * count),
            own.channelStride(),
            own.tapStride(),
            own.runStride(),
            new GemmProblem.Diagonal(count, stride));
    return new GemmProblem(
        problem.sumType(),
        problem.input(),
        groups == 1 ? List.of() : List.of(groups),
        problem.pixels(),
        problem.channels() * count,
        problem.run() * count,
        problem.inputExtents(),
        problem.inputStrides(),
        groups == 1 ? List.of() : List.of(problem.inputBatch().getFirst() * count),
        problem.window(),
        weight,
        problem.body(),
        problem.operands().stream().map(operand -> merged(operand, groups, count)).toList(),
        problem.operandValues(),
        merged(problem.result(), groups, count),
        problem.branch());
  }

  private static OutputOperand merged(OutputOperand operand, long groups, long count) {
    return new OutputOperand(
        operand.pointer(),
        operand.type(),
        operand.expressionType(),
        groups == 1 ? List.of() : List.of(operand.batch().getFirst() * count),
        operand.row(),
        operand.channel());
  }
}
