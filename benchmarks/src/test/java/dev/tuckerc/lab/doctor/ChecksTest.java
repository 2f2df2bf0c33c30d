package dev.tuckerc.lab.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChecksTest {

  @Test
  void saysWhetherAGpuIsIdle() {
    Check idle = DeviceChecks.usage("0, Example GPU, 0, 12, 31, 345, P0");
    assertThat(idle.good()).isTrue();
    assertThat(idle.text())
        .isEqualTo("Example GPU: 0 % busy, 12 MiB used, 31 degrees C, 345 MHz, P0: idle");
    Check busy = DeviceChecks.usage("1, Example GPU, 97, 70000, 71, 1980, P0");
    assertThat(busy.name()).isEqualTo("GPU 1");
    assertThat(busy.good()).isFalse();
    assertThat(busy.needed()).isFalse();
    assertThat(DeviceChecks.usage("1, Example GPU, [N/A], 1, 2, 3, P0").good()).isFalse();
    assertThat(DeviceChecks.usage("no such field").text()).contains("no such field");
  }

  @Test
  void readsThePackagesOfPython() {
    assertThat(ToolChecks.packageOf("torch 2.9.0+cu130"))
        .isEqualTo(Check.fact("python torch", "2.9.0+cu130"));
    assertThat(ToolChecks.packageOf("triton - ModuleNotFoundError: No module named 'triton'"))
        .isEqualTo(Check.missing("python triton", "ModuleNotFoundError: No module named 'triton'"));
    assertThat(ToolChecks.packageOf("cuda - torch sees no GPU").good()).isFalse();
  }
}
