/// The fit of factors to data: moments of patches and outputs, and the least squares over them.
@NullMarked
package dev.tuckerc.linalg.fit;

import org.jspecify.annotations.NullMarked;
