/// Kernels that fold many elements into one: reductions, pools, softmax, scans, and other sums that
/// are not matrix products.
@NullMarked
package dev.tuckerc.codegen.reduction;

import org.jspecify.annotations.NullMarked;
