/// Tucker decomposition of convolutions: which layers, at which ranks, and what came of it.
@NullMarked
package dev.tuckerc.transform.decompose;

import org.jspecify.annotations.NullMarked;
