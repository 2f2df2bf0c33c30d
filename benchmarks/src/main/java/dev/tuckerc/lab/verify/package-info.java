/// Is what a device computes right? Kernels and models against the reference interpreter.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.verify;
