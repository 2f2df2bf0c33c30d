/// Matrix products: the one form of the problem, which convolutions are brought into as well, and
/// its kernels.
@NullMarked
package dev.tuckerc.codegen.gemm;

import org.jspecify.annotations.NullMarked;
