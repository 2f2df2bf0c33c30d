/// Kernels that compute each element of their result from few elements of their operands: data
/// movement and pointwise operations.
@NullMarked
package dev.tuckerc.codegen.move;

import org.jspecify.annotations.NullMarked;
