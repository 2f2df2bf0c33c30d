package dev.tuckerc.execute;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/// Picks a device by what the user wrote: `auto`, a kind such as `emulator`, or a kind and a number
/// such as `cuda:0`.
public final class DeviceSelector {
  private final List<DeviceProvider> providers;

  /// @param providers in any order
  public DeviceSelector(List<DeviceProvider> providers) {
    this.providers =
        providers.stream()
            .sorted(
                Comparator.comparing((DeviceProvider p) -> -p.preference())
                    .thenComparing(DeviceProvider::name))
            .toList();
  }

  /// All kinds of devices that this program has.
  public static DeviceSelector standard() {
    return new DeviceSelector(
        ServiceLoader.load(DeviceProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList());
  }

  /// A device, and why it is this one.
  ///
  /// @param device open; the caller closes it
  /// @param name such as `cuda:0`
  /// @param reason one line, such as `cuda:0 (NVIDIA H200): the first choice that is there`
  public record Selection(Device device, String name, String reason) {}

  /// What there is of one kind, for a report.
  ///
  /// @param name kind
  /// @param devices in order of their numbers
  /// @param reason why there are none; empty when there are
  public record Kind(String name, List<DeviceInfo> devices, String reason) {}

  /// The names of all kinds, the preferred first.
  public List<String> names() {
    return providers.stream().map(DeviceProvider::name).toList();
  }

  /// Every kind, the preferred first.
  public List<Kind> kinds() {
    return providers.stream()
        .map(p -> {
          var availability = p.availability();
          return new Kind(p.name(), availability.devices(), availability.reason());
        })
        .toList();
  }

  /// Opens the device that was asked for.
  ///
  /// @param wanted `auto`, `KIND` or `KIND:NUMBER`
  /// @throws DeviceException when the word means nothing or there is no such device; the message
  ///   says why
  public Selection select(String wanted) {
    if (wanted.equals("auto")) {
      return auto();
    }
    String[] parts = wanted.split(":", -1);
    for (DeviceProvider provider : providers) {
      if (provider.name().equals(parts[0]) && parts.length <= 2) {
        return open(provider, parts.length == 1 ? 0 : ordinal(wanted, parts[1]), "as asked for");
      }
    }
    throw unknown(wanted);
  }

  private Selection auto() {
    List<String> missing = new ArrayList<>();
    for (DeviceProvider provider : providers) {
      var availability = provider.availability();
      if (availability.available()) {
        return open(
            provider,
            0,
            missing.isEmpty() ? "the first choice that is there" : String.join("; ", missing));
      }
      missing.add("no " + provider.name() + " device: " + availability.reason());
    }
    throw new DeviceException("there is no device: " + String.join("; ", missing));
  }

  private static Selection open(DeviceProvider provider, int ordinal, String why) {
    Device device = provider.open(ordinal);
    String name = provider.name() + ":" + ordinal;
    return new Selection(device, name, name + " (" + device.info().name() + "): " + why);
  }

  private int ordinal(String wanted, String digits) {
    if (!digits.matches("\\d{1,4}")) {
      throw unknown(wanted);
    }
    return Integer.parseInt(digits);
  }

  private DeviceException unknown(String wanted) {
    return new DeviceException(
        "there is no device '"
            + wanted
            + "'; name auto, or one of "
            + providers.stream().map(DeviceProvider::name).toList()
            + ", with a number as in cuda:0");
  }
}
