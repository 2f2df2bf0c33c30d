package dev.tuckerc.cuda.driver;

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
public final class CudaSequence extends CudaReplay {
  private final CUgraphExec executable;

  private CudaSequence(
      CudaContext context,
      CudaLauncher launcher,
      CUgraphExec executable,
      CudaTiming timing,
      List<KernelLaunch> launches) {
    super(context, launcher, timing, launches);
    this.executable = executable;
  }

  /// @throws DeviceException when a launch asks for what the GPU does not grant
  public static CudaSequence record(
      CudaContext context, CudaLauncher launcher, List<KernelLaunch> launches) {
    // Checks and opt-ins come before the capture: inside, only launches are allowed to happen.
    launches.forEach(launcher::prepare);
    CUgraph graph = capture(context, launcher, launches);
    CUgraphExec executable = new CUgraphExec();
    try {
      context.check(
          JCudaDriver.cuGraphInstantiate(executable, graph, 0), "making an executable graph");
    } finally {
      JCudaDriver.cuGraphDestroy(graph);
    }
    try {
      context.check(JCudaDriver.cuGraphUpload(executable, context.stream()), "uploading the graph");
      CudaTiming timing = CudaTiming.create(context);
      return new CudaSequence(context, launcher, executable, timing, launches);
    } catch (DeviceException e) {
      JCudaDriver.cuGraphExecDestroy(executable);
      throw e;
    }
  }

  private static CUgraph capture(
      CudaContext context, CudaLauncher launcher, List<KernelLaunch> launches) {
    CUstream stream = context.stream();
    context.check(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "beginning to capture a graph");
    CUgraph graph = new CUgraph();
    boolean captured = false;
    try {
      launches.forEach(launcher::put);
      captured = true;
    } finally {
      int code = JCudaDriver.cuStreamEndCapture(stream, graph);
      if (!captured && code == CUresult.CUDA_SUCCESS) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      if (captured) {
        context.check(code, "capturing a graph");
      }
    }
    return graph;
  }

  @Override
  void submitOpen() {
    // A buffer freed since the recording would be written to all the same.
    launches.forEach(launcher::checkArguments);
    context.check(JCudaDriver.cuGraphLaunch(executable, context.stream()), "launching the graph");
    launches.forEach(context::submitted);
  }

  @Override
  int free() {
    return JCudaDriver.cuGraphExecDestroy(executable);
  }
}
