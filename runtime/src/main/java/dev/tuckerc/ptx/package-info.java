/// PTX text as immutable records: what the parser made of a file, before any meaning is given to an
/// opcode.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.ptx;
