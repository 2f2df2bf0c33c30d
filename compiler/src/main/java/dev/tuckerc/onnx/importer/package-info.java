/// From an ONNX model to a graph of the tensor IR: shapes, scopes, functions, the order of nodes.
@NullMarked
package dev.tuckerc.onnx.importer;

import org.jspecify.annotations.NullMarked;
