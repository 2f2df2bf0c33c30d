/// Chooses among the alternatives of all layers of a network together: exact dynamic programming
/// over the kernels that span them.
@NullMarked
package dev.tuckerc.transform.plan;

import org.jspecify.annotations.NullMarked;
