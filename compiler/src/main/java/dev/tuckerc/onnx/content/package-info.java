/// Graphs under construction, and what is known of their values while a model is imported.
@NullMarked
package dev.tuckerc.onnx.content;

import org.jspecify.annotations.NullMarked;
