/// Copies of whole runs and boxes of memory by one instruction, and the tensor maps they follow.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations.bulk;
