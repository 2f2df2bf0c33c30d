package dev.tuckerc.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.run.ReopenableDevice;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  @Test
  void aFailureCostsNoOtherMeasurement() {
    try (ReopenableDevice device =
        new ReopenableDevice(new EmulatedDevice(), EmulatedDevice::new)) {
      Attempts attempts = new Attempts(device);
      Budget budget = Budget.unlimited();
      assertThat(attempts.run("first", budget, d -> 1)).contains(1);
      Optional<Integer> failed =
          attempts.run(
              "second",
              budget,
              d -> {
                throw new DeviceException("a kernel faulted");
              });
      assertThat(failed).isEmpty();
      assertThat(attempts.run("third", budget, d -> d.info().computeCapability())).contains(90);
      assertThat(attempts.failures())
          .containsExactly(new Attempts.Failure("second", "a kernel faulted"));
    }
  }

  @Test
  void aDeviceThatIsLostEndsTheMeasuring() {
    ReopenableDevice device =
        new ReopenableDevice(
            new EmulatedDevice(),
            () -> {
              throw new DeviceException("no device");
            });
    Attempts attempts = new Attempts(device);
    Budget budget = Budget.unlimited();
    assertThat(
            attempts.<Integer>run(
                "first",
                budget,
                d -> {
                  throw new DeviceException("a kernel faulted");
                }))
        .isEmpty();
    assertThat(attempts.run("second", budget, d -> 1)).isEmpty();
    assertThat(attempts.failures()).hasSize(2);
    assertThat(attempts.failures().getLast().message())
        .isEqualTo(
            "not begun: the device takes no more work from this process since first failed on it");
  }
}
