/// `tuckerc ptx`: any PTX or CUDA text on the emulated device.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.ptx;
