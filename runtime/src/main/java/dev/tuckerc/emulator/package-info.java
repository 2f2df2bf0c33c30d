/// The emulated device: runs the PTX that NVRTC makes of the generated kernels, on the CPU.
///
/// [dev.tuckerc.emulator.EmulatedDevice] is the entry point. PTX is parsed (`ptx`), decoded once to
/// warp-wide operations (`decode`) and run by `machine`; `isa` defines what each instruction
/// computes for one thread, and `operations` what a warp does together.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator;
