/// Samples on their way into training: shuffled, augmented, in batches, ahead of time.
@NullMarked
package dev.tuckerc.training.data;

import org.jspecify.annotations.NullMarked;
