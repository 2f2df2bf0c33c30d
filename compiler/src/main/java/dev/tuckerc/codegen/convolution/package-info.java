/// Kernels of convolutions that no matrix product is as fast as (depthwise, few channels, shared
/// bases), and the choice among these and the products.
@NullMarked
package dev.tuckerc.codegen.convolution;

import org.jspecify.annotations.NullMarked;
