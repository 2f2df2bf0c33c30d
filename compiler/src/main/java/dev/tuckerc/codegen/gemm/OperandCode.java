package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.LoweringContext;
import java.util.ArrayList;
import java.util.List;

/// Kernel parameters and launch arguments of an epilogue's operands and the result, in that order.
///
/// A value that several operands refer to is passed once for each.
public record OperandCode(List<String> parameters, List<Argument> arguments) {

  /// Those of a product; arguments as the context knows them.
  public static OperandCode of(GemmProblem problem, LoweringContext context) {
    List<String> parameters = new ArrayList<>();
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < problem.operands().size(); i++) {
      OutputOperand operand = problem.operands().get(i);
      Argument argument = context.argument(problem.operandValues().get(i));
      parameters.add(argument.parameter(CudaType.of(operand.type()).storage(), operand.pointer()));
      arguments.add(argument);
    }
    OutputOperand result = problem.result();
    parameters.add(CudaType.of(result.type()).storage() + "* " + result.pointer());
    arguments.add(context.result());
    return new OperandCode(parameters, arguments);
  }
}
