/// Benchmark architectures as published, with seeded weights in place of trained ones.
@NullMarked
package dev.tuckerc.zoo;

import org.jspecify.annotations.NullMarked;
