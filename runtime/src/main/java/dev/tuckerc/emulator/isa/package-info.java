/// What PTX instructions compute for one thread, as static methods.
///
/// A method's name is the opcode with its modifiers, dots replaced by underscores: `fma.rn.f32` is
/// `fma_rn_f32`. The decoder finds methods by that name and wraps them in loops over the lanes of a
/// warp. 16-bit values live in `int`s, zero-extended. Semantics follow the PTX ISA manual, version
/// 8.8.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.isa;
