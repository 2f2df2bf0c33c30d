/// How long kernels and models take, beside the performance model's prediction and the physical
/// floor.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.bench;
