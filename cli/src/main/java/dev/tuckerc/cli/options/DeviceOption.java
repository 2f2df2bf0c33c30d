package dev.tuckerc.cli.options;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.execute.DeviceSelector;
import java.util.List;

/// Values of `--device`: `auto`, a kind of device such as `emulator`, one with a number such as
/// `cuda:0`, and what a command runs on besides.
public final class DeviceOption {
  private DeviceOption() {}

  /// Checks that a word means a device, whether or not there is one.
  ///
  /// @param besides what the command runs on that is no device, such as `reference`
  /// @throws DeviceException naming all that could be meant
  public static void check(String wanted, List<String> besides) {
    List<String> kinds = DeviceSelector.standard().names();
    boolean known =
        wanted.equals("auto")
            || besides.contains(wanted)
            || kinds.stream()
                .anyMatch(kind -> wanted.equals(kind) || wanted.matches(kind + ":\\d{1,4}"));
    if (!known) {
      throw new DeviceException(
          "--device: there is no device '"
              + wanted
              + "'; name auto, "
              + String.join(", ", kinds)
              + (besides.isEmpty() ? "" : ", " + String.join(", ", besides))
              + ", or one of several by its number as in cuda:0");
    }
  }
}
