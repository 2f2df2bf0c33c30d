/// Stochastic gradient descent on a trainable model: the loop that every method of this module
/// shares.
@NullMarked
package dev.tuckerc.training.finetune;

import org.jspecify.annotations.NullMarked;
