/// JMH benchmarks of every stage from an ONNX file to a run; `benchmarks/run.sh` starts them.
@NullMarked
package dev.tuckerc.benchmarks;

import org.jspecify.annotations.NullMarked;
