package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/// Launches recorded as one CUDA graph: the whole sequence costs the host one call.
final class CudaSequence implements LaunchSequence {
  private final CudaDevice device;
  private final CUstream stream;
  private final CUgraphExec executable;
  private final CUevent started;
  private final CUevent finished;
  private final List<KernelLaunch> launches;
  private boolean open = true;
  private boolean replayed;

  private CudaSequence(
      CudaDevice device,
      CUstream stream,
      CUgraphExec executable,
      CUevent started,
      CUevent finished,
      List<KernelLaunch> launches) {
    this.device = device;
    this.stream = stream;
    this.executable = executable;
    this.started = started;
    this.finished = finished;
    this.launches = launches;
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
    CUevent started = new CUevent();
    CUevent finished = new CUevent();
    try {
      CudaCalls.check(JCudaDriver.cuGraphUpload(executable, stream), "uploading the graph");
      CudaCalls.check(
          JCudaDriver.cuEventCreate(started, CUevent_flags.CU_EVENT_DEFAULT), "creating an event");
      CudaCalls.check(
          JCudaDriver.cuEventCreate(finished, CUevent_flags.CU_EVENT_DEFAULT), "creating an event");
    } catch (DeviceException e) {
      JCudaDriver.cuGraphExecDestroy(executable);
      throw e;
    }
    return new CudaSequence(device, stream, executable, started, finished, List.copyOf(launches));
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
  public void replay() {
    requireOpen();
    device.makeCurrent();
    // A buffer freed since the recording would be written to all the same.
    launches.forEach(device::checkArguments);
    CudaCalls.check(JCudaDriver.cuEventRecord(started, stream), "recording an event");
    CudaCalls.check(JCudaDriver.cuGraphLaunch(executable, stream), "launching the graph");
    CudaCalls.check(JCudaDriver.cuEventRecord(finished, stream), "recording an event");
    replayed = true;
  }

  @Override
  public long lastReplayNanos() {
    requireOpen();
    if (!replayed) {
      throw new DeviceException("the sequence was not replayed yet, so it has no time");
    }
    device.makeCurrent();
    CudaCalls.check(JCudaDriver.cuEventSynchronize(finished), "running the graph");
    float[] milliseconds = {0};
    CudaCalls.check(
        JCudaDriver.cuEventElapsedTime(milliseconds, started, finished), "reading the time");
    return Math.round(milliseconds[0] * 1e6);
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
            JCudaDriver.cuEventDestroy(started);
            JCudaDriver.cuEventDestroy(finished);
            return JCudaDriver.cuGraphExecDestroy(executable);
          },
          "freeing a launch sequence");
    }
  }
}
