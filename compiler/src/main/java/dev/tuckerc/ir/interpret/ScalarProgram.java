package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.ScalarDomains;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A scalar expression as a list of steps, each run over a block of elements at a time: floating
/// point in `double` arrays, integers and BOOL in `long` arrays. Every step's result is rounded or
/// wrapped to its own element type.
final class ScalarProgram {
  /// Elements per block: the registers of a usual expression fit the second-level cache.
  private static final int BLOCK = 2048;

  private static final int PARALLEL_THRESHOLD = 1 << 16;

  /// One step; `result` and `arguments` are register numbers.
  private record Step(ScalarExpression expression, int result, int[] arguments) {}

  private final List<DataType> operandTypes;
  private final List<Step> steps = new ArrayList<>();
  private final List<DataType> registerTypes = new ArrayList<>();
  private final Map<ScalarExpression, Integer> registers = new IdentityHashMap<>();
  private final int result;

  private ScalarProgram(ScalarExpression body, List<DataType> operandTypes) {
    this.operandTypes = operandTypes;
    this.result = compile(body);
  }

  /// The program of an expression over these operands.
  static ScalarProgram of(ScalarExpression body, List<Tensor> operands) {
    return new ScalarProgram(body, operands.stream().map(Tensor::type).toList());
  }

  private int compile(ScalarExpression expression) {
    Integer known = registers.get(expression);
    if (known != null) {
      return known;
    }
    int[] arguments =
        switch (expression) {
          case ScalarExpression.Operand _, ScalarExpression.Literal _ -> new int[0];
          case ScalarExpression.Unary unary -> new int[] {compile(unary.argument())};
          case ScalarExpression.Convert convert -> new int[] {compile(convert.argument())};
          case ScalarExpression.Binary binary ->
              new int[] {compile(binary.left()), compile(binary.right())};
          case ScalarExpression.Select select ->
              new int[] {
                compile(select.condition()), compile(select.whenTrue()), compile(select.whenFalse())
              };
        };
    // Types only depend on the arguments' types, which are known: no walk down the tree.
    DataType type = typeOf(expression, arguments);
    int register = registerTypes.size();
    registerTypes.add(type);
    steps.add(new Step(expression, register, arguments));
    registers.put(expression, register);
    return register;
  }

  private DataType typeOf(ScalarExpression expression, int[] arguments) {
    return switch (expression) {
      case ScalarExpression.Operand operand -> operand.type(operandTypes);
      case ScalarExpression.Literal literal -> literal.type();
      case ScalarExpression.Convert convert -> convert.type();
      case ScalarExpression.Select _ -> registerTypes.get(arguments[1]);
      case ScalarExpression.Unary(var function, _) -> {
        DataType argument = registerTypes.get(arguments[0]);
        ScalarDomains.require(function, argument);
        yield function.returnsBoolean() ? DataType.BOOL : argument;
      }
      case ScalarExpression.Binary(var function, _, _) -> {
        DataType argument = registerTypes.get(arguments[0]);
        ScalarDomains.require(function, argument);
        yield function.returnsBoolean() ? DataType.BOOL : argument;
      }
    };
  }

  /// Runs over all elements of the result; operands broadcast.
  Tensor run(List<Tensor> operands, List<Long> shape) {
    DataType type = registerTypes.get(result);
    int size = Tensor.elementCount(shape);
    Tensor output = Tensor.zeros(type, shape);
    List<BlockReader> readers =
        operands.stream().map(operand -> new BlockReader(operand, shape)).toList();
    int blocks = (size + BLOCK - 1) / BLOCK;
    if (size >= PARALLEL_THRESHOLD) {
      // One run of blocks per task, so that registers are allocated once for many blocks.
      int tasks = Math.min(blocks, 4 * Runtime.getRuntime().availableProcessors());
      IntStream.range(0, tasks)
          .parallel()
          .forEach(task ->
              runBlocks(
                  readers,
                  output,
                  (int) ((long) blocks * task / tasks),
                  (int) ((long) blocks * (task + 1) / tasks)));
    } else {
      runBlocks(readers, output, 0, blocks);
    }
    return output;
  }

  private void runBlocks(List<BlockReader> readers, Tensor output, int from, int to) {
    int capacity = Math.min(BLOCK, output.size());
    Object[] memory = new Object[registerTypes.size()];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = registerTypes.get(i).isFloat() ? new double[capacity] : new long[capacity];
    }
    for (int block = from; block < to; block++) {
      int start = block * BLOCK;
      int count = Math.min(BLOCK, output.size() - start);
      for (Step step : steps) {
        execute(step, memory, readers, start, count);
      }
      if (memory[result] instanceof double[] values) {
        BlockReader.write(output, start, values, count);
      } else {
        BlockReader.write(output, start, (long[]) memory[result], count);
      }
    }
  }

  private void execute(Step step, Object[] memory, List<BlockReader> readers, int start, int n) {
    int[] in = step.arguments();
    Object out = memory[step.result()];
    DataType type = registerTypes.get(step.result());
    switch (step.expression()) {
      case ScalarExpression.Operand(int index) -> {
        if (out instanceof double[] values) {
          readers.get(index).read(start, values, n);
        } else {
          readers.get(index).read(start, (long[]) out, n);
        }
      }
      case ScalarExpression.Literal(DataType t, double value, long integer) -> {
        if (out instanceof double[] values) {
          Arrays.fill(values, 0, n, FloatFunctions.round(value, t));
        } else {
          Arrays.fill((long[]) out, 0, n, IntegerFunctions.wrap(integer, t));
        }
      }
      case ScalarExpression.Unary unary -> {
        DataType argument = registerTypes.get(in[0]);
        if (!argument.isFloat()) {
          IntegerFunctions.unary(
              unary.function(), argument, (long[]) memory[in[0]], (long[]) out, n);
        } else if (out instanceof double[] values) {
          FloatFunctions.unary(unary.function(), (double[]) memory[in[0]], values, n);
          FloatFunctions.round(values, n, type);
        } else {
          FloatFunctions.test(unary.function(), (double[]) memory[in[0]], (long[]) out, n);
        }
      }
      case ScalarExpression.Binary binary -> {
        DataType argument = registerTypes.get(in[0]);
        if (!argument.isFloat()) {
          IntegerFunctions.binary(
              binary.function(),
              argument,
              (long[]) memory[in[0]],
              (long[]) memory[in[1]],
              (long[]) out,
              n);
        } else if (out instanceof double[] values) {
          FloatFunctions.binary(
              binary.function(), (double[]) memory[in[0]], (double[]) memory[in[1]], values, n);
          FloatFunctions.round(values, n, type);
        } else {
          FloatFunctions.compare(
              binary.function(),
              (double[]) memory[in[0]],
              (double[]) memory[in[1]],
              (long[]) out,
              n);
        }
      }
      case ScalarExpression.Select _ -> {
        long[] condition = (long[]) memory[in[0]];
        if (out instanceof double[] values) {
          double[] yes = (double[]) memory[in[1]];
          double[] no = (double[]) memory[in[2]];
          for (int i = 0; i < n; i++) {
            values[i] = condition[i] != 0 ? yes[i] : no[i];
          }
        } else {
          long[] values = (long[]) out;
          long[] yes = (long[]) memory[in[1]];
          long[] no = (long[]) memory[in[2]];
          for (int i = 0; i < n; i++) {
            values[i] = condition[i] != 0 ? yes[i] : no[i];
          }
        }
      }
      case ScalarExpression.Convert _ ->
          Conversions.convert(registerTypes.get(in[0]), memory[in[0]], type, out, n);
    }
  }
}
