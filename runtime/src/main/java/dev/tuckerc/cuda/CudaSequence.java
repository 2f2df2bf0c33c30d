package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/// Launches recorded as one CUDA graph: the whole sequence costs the host one call.
final class CudaSequence extends CudaReplay {
  private final CUstream stream;
  private final CUgraphExec executable;

  private CudaSequence(
      CudaDevice device,
      CUstream stream,
      CUgraphExec executable,
      CudaTiming timing,
      List<KernelLaunch> launches) {
    super(device, timing, launches);
    this.stream = stream;
    this.executable = executable;
  }

  static CudaSequence record(CudaDevice device, CUstream stream, List<KernelLaunch> launches) {
    // Checks and opt-ins come before the capture: inside, only launches are allowed to happen.
    launches.forEach(device::prepare);
    CUgraph graph = capture(device, stream, launches);
    CUgraphExec executable = new CUgraphExec();
    try {
      CudaCalls.check(
          JCudaDriver.cuGraphInstantiate(executable, graph, 0), "making an executable graph");
    } finally {
      JCudaDriver.cuGraphDestroy(graph);
    }
    try {
      CudaCalls.check(JCudaDriver.cuGraphUpload(executable, stream), "uploading the graph");
      CudaTiming timing = CudaTiming.create(stream);
      return new CudaSequence(device, stream, executable, timing, launches);
    } catch (DeviceException e) {
      JCudaDriver.cuGraphExecDestroy(executable);
      throw e;
    }
  }

  private static CUgraph capture(CudaDevice device, CUstream stream, List<KernelLaunch> launches) {
    CudaCalls.check(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "beginning to capture a graph");
    CUgraph graph = new CUgraph();
    boolean captured = false;
    try {
      launches.forEach(device::submit);
      captured = true;
    } finally {
      int code = JCudaDriver.cuStreamEndCapture(stream, graph);
      if (!captured && code == CUresult.CUDA_SUCCESS) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      if (captured) {
        CudaCalls.check(code, "capturing a graph");
      }
    }
    return graph;
  }

  @Override
  void submitOpen() {
    // A buffer freed since the recording would be written to all the same.
    launches.forEach(device::checkArguments);
    CudaCalls.check(JCudaDriver.cuGraphLaunch(executable, stream), "launching the graph");
  }

  @Override
  int free() {
    return JCudaDriver.cuGraphExecDestroy(executable);
  }
}
