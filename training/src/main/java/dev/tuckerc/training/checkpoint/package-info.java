/// What a training run needs to go on: parameters, the optimizer's state, how far it is.
@NullMarked
package dev.tuckerc.training.checkpoint;

import org.jspecify.annotations.NullMarked;
