/// Models of the tensor IR that can be trained: their parameters as libtorch tensors, their
/// operations as libtorch functions, whose gradients autograd takes.
@NullMarked
package dev.tuckerc.training.model;

import org.jspecify.annotations.NullMarked;
