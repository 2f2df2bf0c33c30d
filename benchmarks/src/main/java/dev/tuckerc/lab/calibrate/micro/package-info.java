/// The microbenchmarks: kernels from templates, checked by what they compute and timed.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.calibrate.micro;
