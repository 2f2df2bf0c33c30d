/// ONNX files, tensors, types and attributes as they are on disk; knows nothing of graphs.
@NullMarked
package dev.tuckerc.onnx.model;

import org.jspecify.annotations.NullMarked;
