/// Translation of often executed basic blocks to bytecode of the Java virtual machine.
@NullMarked
package dev.tuckerc.emulator.translate;

import org.jspecify.annotations.NullMarked;
