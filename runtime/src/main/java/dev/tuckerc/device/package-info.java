/// The device service-provider interface: what executes a compiled kernel.
///
/// Knows nothing of ONNX, of the tensor IR or of any particular device. `cuda` and `emulator`
/// implement it; `execute` uses it.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.device;
