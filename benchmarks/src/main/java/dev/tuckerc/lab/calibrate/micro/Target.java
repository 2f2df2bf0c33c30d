package dev.tuckerc.lab.calibrate.micro;

/// What the microbenchmarks are compiled for.
///
/// @param capability major * 10 + minor
/// @param accelerated whether the architecture's own instructions may be used, as in `sm_90a`
public record Target(int capability, boolean accelerated) {

  /// For this GPU: Hopper's own instructions are used on Hopper.
  public static Target of(int capability) {
    return new Target(capability, capability == 90);
  }

  /// Name for the compiler, such as `sm_90a`.
  public String architecture() {
    return "sm_" + capability + (accelerated ? "a" : "");
  }
}
