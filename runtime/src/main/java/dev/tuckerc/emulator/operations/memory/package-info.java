/// Loads, stores, atomic operations, fences, asynchronous copies: what one thread asks of memory.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations.memory;
