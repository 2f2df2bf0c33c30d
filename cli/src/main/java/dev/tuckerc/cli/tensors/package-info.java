/// Tensors as the command line meets them: `.npy` and `.pb` files, seeded random data, comparison
/// of results.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.tensors;
