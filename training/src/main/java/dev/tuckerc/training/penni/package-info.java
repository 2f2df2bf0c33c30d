/// A basis of kernels that a layer's channels share, and sparse coefficients (PENNI, ICML 2020):
/// alternating training, pruning, and removal of what is dead.
@NullMarked
package dev.tuckerc.training.penni;

import org.jspecify.annotations.NullMarked;
