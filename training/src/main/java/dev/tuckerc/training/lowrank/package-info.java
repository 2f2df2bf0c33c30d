/// Layers that become chains of factors: which, in what form, and what truncation makes of their
/// weights.
@NullMarked
package dev.tuckerc.training.lowrank;

import org.jspecify.annotations.NullMarked;
