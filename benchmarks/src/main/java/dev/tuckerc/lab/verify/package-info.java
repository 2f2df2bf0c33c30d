/// `lab verify`: what the GPU and the emulator compute, against the reference and against each
/// other.
@NullMarked
package dev.tuckerc.lab.verify;

import org.jspecify.annotations.NullMarked;
