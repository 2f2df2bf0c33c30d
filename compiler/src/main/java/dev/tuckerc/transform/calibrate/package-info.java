/// Fits the factors of a decomposition to the data that a network sees, in closed form.
@NullMarked
package dev.tuckerc.transform.calibrate;

import org.jspecify.annotations.NullMarked;
