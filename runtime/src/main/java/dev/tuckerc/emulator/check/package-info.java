/// What the emulator looks for beyond bounds and alignment, which are always checked.
@NullMarked
package dev.tuckerc.emulator.check;

import org.jspecify.annotations.NullMarked;
