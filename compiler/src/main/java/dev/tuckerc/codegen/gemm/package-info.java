/// Kernels of convolutions and matrix products: one form of the problem, several templates.
@NullMarked
package dev.tuckerc.codegen.gemm;

import org.jspecify.annotations.NullMarked;
