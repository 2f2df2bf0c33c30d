/// Kernels that compute a whole region of the graph: one spatial convolution, then products and
/// pools whose operands stay in shared memory.
///
/// [dev.tuckerc.codegen.region.RegionChain] says what a region is made of,
/// [dev.tuckerc.codegen.region.RegionPlan] how a kernel divides it among blocks and warps,
/// [dev.tuckerc.codegen.region.RegionKernel] writes it.
@NullMarked
package dev.tuckerc.codegen.region;

import org.jspecify.annotations.NullMarked;
