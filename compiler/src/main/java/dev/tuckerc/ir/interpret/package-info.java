/// The reference interpreter: what every operation means, computed on the host.
///
/// It is the oracle for rewrites, generated kernels and devices, and does the constant folding.
/// Only logical semantics matter here; memory layouts are ignored.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.ir.interpret;
