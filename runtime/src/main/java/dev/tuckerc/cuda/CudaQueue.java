package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;

/// Launches that are put on the stream one by one, each at the cost of a call.
final class CudaQueue implements CudaReplay {
  private final CudaDevice device;
  private final CudaTiming timing;
  private final List<KernelLaunch> launches;
  private boolean open = true;

  private CudaQueue(CudaDevice device, CudaTiming timing, List<KernelLaunch> launches) {
    this.device = device;
    this.timing = timing;
    this.launches = launches;
  }

  static CudaQueue of(CudaDevice device, CUstream stream, List<KernelLaunch> launches) {
    launches.forEach(device::prepare);
    return new CudaQueue(device, CudaTiming.create(stream), List.copyOf(launches));
  }

  @Override
  public void submit() {
    requireOpen();
    for (KernelLaunch launch : launches) {
      device.checkArguments(launch);
      device.submit(launch);
    }
  }

  @Override
  public void replay() {
    requireOpen();
    device.makeCurrent();
    timing.around(this::submit);
  }

  @Override
  public long lastReplayNanos() {
    requireOpen();
    device.makeCurrent();
    return timing.nanos();
  }

  private void requireOpen() {
    if (!open) {
      throw new DeviceException("the launch sequence is closed");
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      device.release(
          this,
          () -> {
            timing.destroy();
            return CUresult.CUDA_SUCCESS;
          },
          "freeing a launch sequence");
    }
  }
}
