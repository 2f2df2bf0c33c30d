/// Data sets, as calibration, evaluation and training read them: NumPy arrays, folders of images,
/// CIFAR-10, idx files.
@NullMarked
package dev.tuckerc.data;

import org.jspecify.annotations.NullMarked;
