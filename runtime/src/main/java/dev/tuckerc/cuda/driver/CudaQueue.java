package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.KernelLaunch;
import java.util.List;
import jcuda.driver.CUresult;

/// Launches that are put on the stream one by one, each at the cost of a call.
public final class CudaQueue extends CudaReplay {
  private CudaQueue(
      CudaContext context, CudaLauncher launcher, CudaTiming timing, List<KernelLaunch> launches) {
    super(context, launcher, timing, launches);
  }

  /// @throws dev.tuckerc.device.DeviceException when a launch asks for what the GPU does not grant
  public static CudaQueue of(
      CudaContext context, CudaLauncher launcher, List<KernelLaunch> launches) {
    launches.forEach(launcher::prepare);
    return new CudaQueue(context, launcher, CudaTiming.create(context), launches);
  }

  @Override
  void submitOpen() {
    for (KernelLaunch launch : launches) {
      launcher.checkArguments(launch);
      launcher.submit(launch);
    }
  }

  @Override
  int free() {
    return CUresult.CUDA_SUCCESS;
  }
}
