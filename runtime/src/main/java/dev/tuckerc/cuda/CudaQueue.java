package dev.tuckerc.cuda;

import dev.tuckerc.device.KernelLaunch;
import java.util.List;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;

/// Launches that are put on the stream one by one, each at the cost of a call.
final class CudaQueue extends CudaReplay {
  private CudaQueue(CudaDevice device, CudaTiming timing, List<KernelLaunch> launches) {
    super(device, timing, launches);
  }

  static CudaQueue of(CudaDevice device, CUstream stream, List<KernelLaunch> launches) {
    launches.forEach(device::prepare);
    return new CudaQueue(device, CudaTiming.create(stream), launches);
  }

  @Override
  void submitOpen() {
    for (KernelLaunch launch : launches) {
      device.checkArguments(launch);
      device.submit(launch);
    }
  }

  @Override
  int free() {
    return CUresult.CUDA_SUCCESS;
  }
}
