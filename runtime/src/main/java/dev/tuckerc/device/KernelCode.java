package dev.tuckerc.device;

import java.util.Arrays;
import java.util.Objects;

/// Code of one module in the forms that a device may take.
///
/// @param ptx PTX text, without trailing NUL
/// @param architecture what the machine code is for, such as `sm_90a`; empty where there is none
/// @param cubin machine code; empty where there is none
public record KernelCode(String ptx, String architecture, byte[] cubin) {

  /// The form in which a device took a module.
  public enum Form {
    /// Text that the device's driver compiles, or that the emulator interprets.
    PTX,
    /// Machine code as the kernel compiler made it.
    CUBIN
  }

  /// PTX alone.
  public static KernelCode ofPtx(String ptx) {
    return new KernelCode(ptx, "", new byte[0]);
  }

  /// Whether there is machine code for a GPU.
  ///
  /// @param computeCapability major * 10 + minor
  public boolean hasMachineCodeFor(int computeCapability) {
    return cubin.length > 0 && architecture.matches("sm_" + computeCapability + "[af]?");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KernelCode(String otherPtx, String otherArchitecture, byte[] otherCubin)
        && ptx.equals(otherPtx)
        && architecture.equals(otherArchitecture)
        && Arrays.equals(cubin, otherCubin);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ptx, architecture, Arrays.hashCode(cubin));
  }

  @Override
  public String toString() {
    return "PTX of " + ptx.length() + " characters, " + architecture + " cubin of " + cubin.length;
  }
}
