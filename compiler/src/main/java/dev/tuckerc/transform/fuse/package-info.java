/// Fusion: pointwise work moves into the pointwise work, convolutions and matrix products that
/// produce its operands, so that it costs no kernel and no memory traffic of its own.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.fuse;
