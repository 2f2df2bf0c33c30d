/// From PTX records to executable operations: control flow, uniformity, registers, opcodes.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.decode;
