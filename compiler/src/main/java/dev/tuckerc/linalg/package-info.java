/// Matrix and tensor decompositions.
///
/// Results are computed in float64 with one BLAS thread, so that they do not depend on the number
/// of cores; parallelism belongs to the caller, which decomposes many layers at once.
@NullMarked
package dev.tuckerc.linalg;

import org.jspecify.annotations.NullMarked;
