package dev.tuckerc.transform.precision;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;

/// The precision pass: turns single precision values into half precision where that was asked for.
///
/// Activations and the weights of convolutions and matrix products become F16. Scalar work is done
/// in F32: a pointwise body converts its operands, computes, and converts its result, so that it
/// rounds once; biases and pointwise constants stay F32. So do intermediate results of one
/// operator, sums of squares, integers beyond 2048 and what does not fit half precision
/// ([SinglePrecisionValues]). Integers and other floating-point types are untouched. Inputs and
/// outputs of the graph keep their types, with conversions beside them.
public record LowerPrecision() implements Pass {
  @Override
  public String name() {
    return "precision";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    return switch (context.precision()) {
      case FP32 -> graph;
      case FP16 -> new HalfPrecision(graph, context).run();
    };
  }
}
