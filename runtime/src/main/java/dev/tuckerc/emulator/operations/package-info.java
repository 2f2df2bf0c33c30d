/// Hand-written operations, by what they are about: `memory`, `bulk` copies and tensor maps,
/// `matrix` units, and `control` with all that a warp does together; here is what they share.
/// Arithmetic on lanes is generated, see `decode`.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations;
