/// The kernels that the laboratory verifies and measures: named, deterministic cases that cover
/// every template over its grid of shapes.
@NullMarked
package dev.tuckerc.lab.grid;

import org.jspecify.annotations.NullMarked;
