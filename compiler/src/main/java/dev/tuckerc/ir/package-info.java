/// The tensor IR: typed SSA values, operators, graphs.
///
/// Shapes are logical, in the order of ONNX (`N,C,H,W`); a [dev.tuckerc.ir.Layout] says how they
/// lie in memory. Knows nothing of ONNX, of code generation or of devices.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.ir;
