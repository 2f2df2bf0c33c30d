package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What an epilogue reads, as far as a kernel of `gemm.mma` brings it into shared memory while it
/// multiplies: an epilogue that asked for it would wait for the second-level cache.
///
/// @param kept indices of constants of the channels, such as a bias
/// @param added indices of tensors with an element for each result, such as a shortcut
record StagedOperands(GemmProblem problem, List<Integer> kept, List<Integer> added) {
  /// Channels that one copy brings.
  private static final int CHUNK = 8;

  StagedOperands {
    kept = List.copyOf(kept);
    added = List.copyOf(added);
  }

  /// @param vector elements of one load of the input
  static StagedOperands of(GemmProblem problem, LoweringContext context, int vector) {
    // Older devices cannot copy without registers.
    boolean copies = context.device().computeCapability() >= 80;
    List<Integer> all = IntStream.range(0, problem.operands().size()).boxed().toList();
    return new StagedOperands(
        problem,
        all.stream().filter(i -> copies && isConstant(problem, context, i)).toList(),
        all.stream()
            .filter(i -> copies && vector == CHUNK && isTensor(problem, context, i))
            .toList());
  }

  private static boolean isConstant(GemmProblem problem, LoweringContext context, int index) {
    OutputOperand operand = problem.operands().get(index);
    Value value = problem.operandValues().get(index);
    return context.constant(value).isPresent()
        && operand.type() == DataType.F32
        && operand.channel() == 1
        && (value.shape().elementCount() == problem.channels() || isOfGroups(problem, index));
  }

  /// Whether a constant has an element for each channel of each group.
  private static boolean isOfGroups(GemmProblem problem, int index) {
    return problem.batchCount() > 1
        && problem.operands().get(index).batch().equals(List.of(problem.channels()))
        && problem.operandValues().get(index).shape().elementCount()
            == problem.batchCount() * problem.channels();
  }

  private static boolean isTensor(GemmProblem problem, LoweringContext context, int index) {
    OutputOperand operand = problem.operands().get(index);
    Value value = problem.operandValues().get(index);
    return context.constant(value).isEmpty()
        && operand.type() == DataType.F16
        && operand.channel() == 1
        && problem.batchCount() == 1
        && problem.channels() % CHUNK == 0
        && value.shape().elementCount() == problem.rows() * problem.channels()
        && pitch(problem, operand) % CHUNK == 0
        && rowsFollow(problem, operand.row(), pitch(problem, operand));
  }

  /// Whether rows lie one after the other; axes of extent 1 have any stride.
  private static boolean rowsFollow(GemmProblem problem, List<Long> row, long pitch) {
    List<Long> expected = rowStrides(problem, row.size(), pitch);
    return IntStream.range(0, row.size())
        .allMatch(
            axis -> problem.pixels().get(axis) == 1 || row.get(axis).equals(expected.get(axis)));
  }

  /// Elements from one row to the next.
  private static long pitch(GemmProblem problem, OutputOperand operand) {
    for (int axis = operand.row().size() - 1; axis >= 0; axis--) {
      if (problem.pixels().get(axis) > 1) {
        return operand.row().get(axis);
      }
    }
    return problem.channels();
  }

  /// Strides of the row axes where rows follow each other.
  private static List<Long> rowStrides(GemmProblem problem, int axes, long pitch) {
    List<Long> strides = new ArrayList<>();
    long stride = pitch;
    for (int axis = axes - 1; axis >= 0; axis--) {
      strides.addFirst(stride);
      stride *= problem.pixels().get(axis);
    }
    return strides;
  }

  /// Code that starts to bring in the constants of the channel `place`, zeros where it is not
  /// `inside`.
  String copiesOfConstants() {
    return kept.stream()
        .map(i ->
            "copy_word_async(shared_address(%s + place), %s + place, inside);"
                .formatted(keptPointer(i), source(i)))
        .collect(Collectors.joining("\n"));
  }

  /// Code that starts to bring in eight channels of the tensors, from `channel` on in `row`.
  String copiesOfTensors() {
    return added.stream()
        .map(i ->
            "copy_async(shared_address(%s + row * TILE_CHANNELS + channel), %s + row * %d + channel, true);"
                .formatted(
                    addedPointer(i),
                    problem.operands().get(i).pointer(),
                    pitch(problem, problem.operands().get(i))))
        .collect(Collectors.joining("\n"));
  }

  /// Where the constants of a block's channels are in memory.
  private String source(int index) {
    String pointer = problem.operands().get(index).pointer();
    return isOfGroups(problem, index) ? pointer + " + z * " + problem.channels() : pointer;
  }

  private String keptPointer(int index) {
    int place = kept.indexOf(index);
    return place == 0 ? "kept" : "(kept + " + place + " * TILE_CHANNELS)";
  }

  private String addedPointer(int index) {
    int place = added.indexOf(index);
    return place == 0 ? "added" : "(added + " + place + " * TILE_ROWS * TILE_CHANNELS)";
  }

  /// The epilogue, which finds its operands where they are at the end.
  ///
  /// @param tileChannels channels of a block
  EpilogueEmitter.Emitted epilogue(long tileChannels) {
    List<OutputOperand> operands = new ArrayList<>(problem.operands());
    for (int index : kept) {
      OutputOperand own = operands.get(index).at(keptPointer(index));
      operands.set(index, isOfGroups(problem, index) ? own.ofOneBatch() : own);
    }
    for (int index : added) {
      OutputOperand own = operands.get(index);
      operands.set(
          index,
          new OutputOperand(
              addedPointer(index),
              own.type(),
              own.expressionType(),
              own.batch(),
              rowStrides(problem, own.row().size(), tileChannels),
              1));
    }
    EpilogueEmitter emitter =
        new EpilogueEmitter(problem.batch(), problem.pixels(), problem.channels());
    return problem.epilogue(emitter, operands, problem.result(), CHUNK);
  }

  /// What the epilogue still asks for at the end.
  List<Value> asked() {
    return IntStream.range(0, problem.operandValues().size())
        .filter(i -> !kept.contains(i) && !added.contains(i))
        .mapToObj(problem.operandValues()::get)
        .toList();
  }
}
