/// Dense matrices over BLAS and LAPACK (OpenBLAS through its JavaCPP binding): products,
/// eigenvectors, positive definite systems.
@NullMarked
package dev.tuckerc.linalg.matrix;

import org.jspecify.annotations.NullMarked;
