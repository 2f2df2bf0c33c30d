package dev.tuckerc.cost;

import java.util.Locale;
import java.util.Optional;

/// The shipped description that a GPU's figures may be taken from.
///
/// @param shipped its name, such as `h200`
/// @param degree how near it is
public record Kinship(String shipped, Degree degree) {

  /// How near a description is to a GPU.
  public enum Degree {
    /// It describes this very product.
    PRODUCT,
    /// It describes a GPU of the same compute capability.
    CAPABILITY,
    /// It describes the nearest GPU that asks for no more shared memory or instructions.
    RELATIVE
  }

  /// The nearest shipped description, if one is near enough.
  ///
  /// @param product name of the GPU; empty when only the capability is known
  /// @param capability major * 10 + minor
  public static Optional<Kinship> of(String product, int capability) {
    String name = product.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    Optional<Kinship> same = withCapability(capability, name, Degree.PRODUCT);
    return same.or(() -> withCapability(capability, "", Degree.CAPABILITY))
        .or(() -> withCapability(relative(capability), "", Degree.RELATIVE));
  }

  private static Optional<Kinship> withCapability(int capability, String product, Degree degree) {
    return DeviceDescription.SHIPPED.stream()
        .filter(shipped -> degree != Degree.PRODUCT || product.contains(shipped))
        .filter(shipped -> DeviceDescription.shipped(shipped).computeCapability() == capability)
        .map(shipped -> new Kinship(shipped, degree))
        .findFirst();
  }

  /// Consumer parts (8.6, 8.9, 12.x) have 99 KiB of shared memory a block, data-centre parts more.
  private static int relative(int capability) {
    return switch (capability) {
      case 86, 87, 88, 120, 121 -> 89;
      case 100, 101, 103, 110 -> 90;
      default -> -1;
    };
  }
}
