/// ONNX models in and out: protobuf files become graphs of the tensor IR, and graphs become plain
/// ONNX again.
///
/// [dev.tuckerc.onnx.OnnxImporter] reads a model, [dev.tuckerc.onnx.OnnxExporter] writes one,
/// [dev.tuckerc.onnx.OnnxTensors] does the same for single tensors. Every operator is turned into
/// IR by one [dev.tuckerc.onnx.OperatorImporter], found in [dev.tuckerc.onnx.OperatorRegistry].
/// Knows nothing of transforms, code generation or devices.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.onnx;
