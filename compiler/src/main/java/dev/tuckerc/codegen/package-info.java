/// From an optimized graph to CUDA sources: one lowering per operation proposes candidates, the
/// performance model picks one, a template makes its text.
///
/// [dev.tuckerc.codegen.Lowerings] lists the lowerings, which live in [dev.tuckerc.codegen.gemm],
/// [dev.tuckerc.codegen.move] and [dev.tuckerc.codegen.reduction]; those use
/// [dev.tuckerc.codegen.select], [dev.tuckerc.codegen.emit] and [dev.tuckerc.codegen.template], and
/// never each other, but for reductions written as maps.
@NullMarked
package dev.tuckerc.codegen;

import org.jspecify.annotations.NullMarked;
