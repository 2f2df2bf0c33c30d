/// What each ONNX operator means in the tensor IR: one
/// [dev.tuckerc.onnx.operators.OperatorImporter] for each, found in
/// [dev.tuckerc.onnx.operators.OperatorRegistry].
@NullMarked
package dev.tuckerc.onnx.operators;

import org.jspecify.annotations.NullMarked;
