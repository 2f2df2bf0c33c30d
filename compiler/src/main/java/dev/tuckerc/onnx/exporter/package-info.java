/// From a graph of the tensor IR to a plain ONNX model.
@NullMarked
package dev.tuckerc.onnx.exporter;

import org.jspecify.annotations.NullMarked;
