/// Rank policies: what each layer may become, and what a plan of all layers is to achieve.
@NullMarked
package dev.tuckerc.transform.ranks;

import org.jspecify.annotations.NullMarked;
