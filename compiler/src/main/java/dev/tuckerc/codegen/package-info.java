/// From an optimized graph to CUDA sources: one lowering per operation proposes candidates, the
/// performance model picks one, a template makes its text.
@NullMarked
package dev.tuckerc.codegen;

import org.jspecify.annotations.NullMarked;
