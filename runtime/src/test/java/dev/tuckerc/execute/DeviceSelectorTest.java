package dev.tuckerc.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceProvider;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeviceSelectorTest {
  private static final DeviceInfo INFO =
      new DeviceInfo(DeviceInfo.Kind.EMULATOR, "host", 90, 1, 1, 1);

  private record Fixed(String name, int preference, int count) implements DeviceProvider {
    @Override
    public Availability availability() {
      return count == 0
          ? new Availability(List.of(), "nobody plugged it in")
          : new Availability(java.util.Collections.nCopies(count, INFO), "");
    }

    @Override
    public Device open(int ordinal) {
      if (ordinal >= count) {
        throw new DeviceException("there is no " + name + ":" + ordinal);
      }
      return new HostDevice(Map.of());
    }
  }

  private static DeviceSelector with(int gpus) {
    return new DeviceSelector(List.of(new Fixed("emulator", 1, 1), new Fixed("cuda", 100, gpus)));
  }

  @Test
  void autoPrefersTheGpu() {
    assertThat(with(2).select("auto").reason())
        .isEqualTo("cuda:0 (host): the first choice that is there");
    assertThat(with(0).select("auto").reason())
        .isEqualTo("emulator:0 (host): no cuda device: nobody plugged it in");
  }

  @Test
  void namedDevices() {
    assertThat(with(2).select("cuda:1").name()).isEqualTo("cuda:1");
    assertThat(with(2).select("emulator").reason()).isEqualTo("emulator:0 (host): as asked for");
    assertThatThrownBy(() -> with(2).select("cuda:2")).hasMessage("there is no cuda:2");
    for (String wrong : List.of("gpu", "cuda:", "cuda:x", "cuda:1:2", "", "cuda:-1", "AUTO")) {
      assertThatThrownBy(() -> with(2).select(wrong))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("there is no device '" + wrong + "'; name auto, or one of [cuda");
    }
  }

  @Test
  void noDeviceAtAll() {
    assertThatThrownBy(() -> new DeviceSelector(List.of(new Fixed("cuda", 1, 0))).select("auto"))
        .hasMessage("there is no device: no cuda device: nobody plugged it in");
  }

  @Test
  void servicesAreFound() {
    try (Device device = DeviceSelector.standard().select("emulator").device()) {
      assertThat(device.info().kind()).isEqualTo(DeviceInfo.Kind.EMULATOR);
    }
    assertThatThrownBy(() -> DeviceSelector.standard().select("emulator:1"))
        .hasMessageContaining("there is one emulator");
    assertThat(DeviceSelector.standard().kinds())
        .extracting(k -> k.name())
        .containsExactly("cuda", "emulator");
  }
}
