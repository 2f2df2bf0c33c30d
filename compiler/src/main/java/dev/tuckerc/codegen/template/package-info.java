/// Kernel templates: CUDA C++ files that compile as they stand and are turned into kernels.
///
/// Only lines beginning with `//!` are special:
///
/// | line | meaning |
/// |---|---|
/// | `//! template conv.simt : "what it computes"` | first line; the name and one sentence |
/// | `//! fragment region.pool : "what it computes"` | the same for a file `.cuh` that fills a hole of templates; it does not compile on its own |
/// | `//! param BM in {32, 64}, TM = 4` | tuning parameters with their domains |
/// | `//! shape C, H, W` | parameters that the lowering gives for a layer |
/// | `//! let threads = (BM / TM) * (BN / TN)` | a derived constant |
/// | `//! require threads <= 1024 : "threads per block"` | a condition on candidates and why |
/// | `//! constants` ... `//! end` | replaced by the `constexpr` values of the names used |
/// | `//! hole NAME` ... `//! end` | replaced by generated code; what stands there is the default |
/// | `//! if EXPR` ... `//! else` ... `//! end` | the dead branch is removed |
///
/// Expressions are C's over 64-bit integers with `min`, `max` and `ceildiv`. In ordinary lines the
/// word `KERNEL` becomes the kernel's name, `128 /*! threads */` becomes the value of the
/// expression in the comment (for places where a `constexpr` local cannot be used), a line
/// beginning with `//|` loses that mark (code that only an instance has), and `#include "x.cuh"` is
/// replaced by the helper file, once.
@NullMarked
package dev.tuckerc.codegen.template;

import org.jspecify.annotations.NullMarked;
