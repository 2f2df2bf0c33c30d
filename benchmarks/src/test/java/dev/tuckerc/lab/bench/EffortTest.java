package dev.tuckerc.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EffortTest {
  private static final DeviceDescription H200 = DeviceDescription.shipped("h200");
  private static final DeviceInfo GPU =
      new DeviceInfo(DeviceInfo.Kind.CUDA, "GPU", 90, 132, 1L << 37, 232448);
  private static final DeviceInfo EMULATOR =
      new DeviceInfo(DeviceInfo.Kind.EMULATOR, "PTX emulator", 90, 2, 1L << 30, 232448);

  @Test
  void aGpuIsMeasuredWithColdCaches() {
    Effort effort = Effort.of(GPU, H200, false);
    assertThat(effort.batches() * effort.batch()).isGreaterThanOrEqualTo(100);
    // Copies exceed the second-level cache, or are as many as allowed.
    long large = 8L << 20;
    assertThat(effort.copies(large) * large).isGreaterThanOrEqualTo(2 * H200.l2Bytes());
    assertThat(effort.copies(1000)).isEqualTo(effort.mostCopies());
    assertThat(effort.copies(1L << 32)).isEqualTo(2);
    // Short kernels are chained, long ones hardly.
    assertThat(effort.chain(2)).isEqualTo(64);
    assertThat(effort.chain(100)).isEqualTo(5);
    assertThat(effort.chain(1e6)).isEqualTo(2);
  }

  @Test
  void theEmulatorIsMeasuredBriefly() {
    Effort effort = Effort.of(EMULATOR, H200, true);
    assertThat(effort.batches() * effort.batch()).isEqualTo(2);
    assertThat(effort.copies(1 << 20)).isEqualTo(2);
    assertThat(effort.chain(2)).isEqualTo(2);
  }

  @Test
  void floorsAreByCause() {
    KernelCase.Instance instance = KernelGrid.named("pointwise/f32/add_relu-64x28x28").build();
    Program program = CodeGenerator.generate(instance.graph(), Set.of(), H200);
    double bytes = 3 * 64 * 28 * 28 * 4;
    Floor warm = Floor.of(program, 0, false, H200);
    assertThat(warm.memory()).isCloseTo(bytes / (H200.l2Bandwidth() * 1e3), within(1e-9));
    assertThat(warm.steps()).isEqualTo(H200.programmaticEdge());
    assertThat(warm.bound()).isEqualTo("steps");
    Floor cold = Floor.of(program, 0, true, H200);
    assertThat(cold.memory()).isCloseTo(bytes / (H200.dramBandwidth() * 1e3), within(1e-9));
    assertThat(new Floor(1, 3, 2).microseconds()).isEqualTo(3);
    assertThat(new Floor(1, 3, 2).bound()).isEqualTo("arithmetic");
    assertThat(new Floor(4, 3, 2).bound()).isEqualTo("memory");
    // One multiply-add for each clock and unit of the device takes one clock.
    double all = H200.fmaPerClock() * H200.multiprocessors() * H200.clockGigahertz() * 1e3;
    assertThat(Floor.of(program, Math.round(all), false, H200).arithmetic())
        .isCloseTo(1, within(1e-6));
  }
}
