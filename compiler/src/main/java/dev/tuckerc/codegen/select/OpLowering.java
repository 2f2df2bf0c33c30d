package dev.tuckerc.codegen.select;

import dev.tuckerc.ir.Op;
import java.util.List;

/// Proposes kernels for one kind of operation.
public interface OpLowering<O extends Op> {

  /// Every kernel worth considering, at least one.
  ///
  /// @param op the operation
  /// @param context its node, the device, the templates, and how operands become arguments
  /// @throws CodegenException when the operation cannot be run, naming the reason
  List<Candidate> candidates(O op, LoweringContext context);
}
