package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceLostException;
import dev.tuckerc.device.KernelLaunch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.IntSupplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A GPU's primary context, one stream in it, and what was made there: it turns result codes into
/// exceptions that name the kernels that may be at fault, and frees everything at the end.
public final class CudaContext {
  private static final Logger LOG = LoggerFactory.getLogger(CudaContext.class);

  private final CUdevice device;
  private final DeviceInfo info;
  private final CUcontext context = new CUcontext();
  private final Stream stream = new Stream();
  private final SequencedSet<AutoCloseable> resources = new LinkedHashSet<>();
  private final PendingKernels pending = new PendingKernels();
  private boolean open = true;
  private boolean lost;

  /// JCuda keeps the handle to itself and its subclasses.
  private static final class Stream extends CUstream {
    long handle() {
      return getNativePointer();
    }
  }

  /// Retains a GPU's primary context and makes it the thread's.
  ///
  /// @param info what the GPU is
  /// @throws DeviceException when the driver refuses
  public CudaContext(CUdevice device, DeviceInfo info) {
    this.device = device;
    this.info = info;
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "opening " + info.name());
    try {
      makeCurrent();
      check(
          JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
          "creating a stream");
    } catch (DeviceException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  /// What the GPU is.
  public DeviceInfo info() {
    return info;
  }

  CUstream stream() {
    return stream;
  }

  long streamHandle() {
    return stream.handle();
  }

  /// The context belongs to the calling thread only after this.
  public void makeCurrent() {
    if (!open) {
      throw new DeviceException("device " + info.name() + " is closed");
    }
    check(JCudaDriver.cuCtxSetCurrent(context), "switching to " + info.name());
  }

  /// @param what what was asked of the driver, for the message
  /// @throws DeviceLostException when a kernel did something that ends the context
  public void check(int code, String what) {
    if (code == CUresult.CUDA_SUCCESS) {
      return;
    }
    if (CudaCalls.endsContext(code)) {
      lost = true;
      throw new DeviceLostException(
          what
              + " failed: "
              + CUresult.stringFor(code)
              + pending.suspects()
              + "; the GPU takes no more work from this process: run on the emulator with its"
              + " checks on to find the line");
    }
    throw CudaCalls.failure(code, what);
  }

  /// A launch is on the stream.
  void submitted(KernelLaunch launch) {
    pending.submitted(launch.kernel().name());
  }

  /// What is on the stream now, for [#ended].
  long mark() {
    return pending.mark();
  }

  /// What was on the stream at a mark has ended.
  void ended(long mark) {
    pending.ended(mark);
  }

  /// Waits for all submitted work.
  public void synchronize() {
    makeCurrent();
    check(JCudaDriver.cuStreamSynchronize(stream), "running on " + info.name());
    pending.ended(pending.mark());
  }

  /// Remembers what is to be closed with the context.
  public <T extends AutoCloseable> T register(T resource) {
    resources.add(resource);
    return resource;
  }

  boolean holds(AutoCloseable resource) {
    return resources.contains(resource);
  }

  /// Frees a resource, whatever state the context is in; a failure is logged, for there is nothing
  /// a caller could do.
  void release(AutoCloseable resource, IntSupplier free, String what) {
    if (resources.remove(resource)) {
      int current = JCudaDriver.cuCtxSetCurrent(context);
      int code = free.getAsInt();
      int failed = code == CUresult.CUDA_SUCCESS ? current : code;
      if (failed != CUresult.CUDA_SUCCESS && !lost) {
        // After such an error every call fails in the same way: once is enough.
        lost = CudaCalls.endsContext(failed);
        LOG.warn("{} failed: {}{}", what, CUresult.stringFor(failed), pending.suspects());
      }
    }
  }

  /// Waits for the work, and frees everything, also where the context took an error.
  public void close() {
    if (!open) {
      return;
    }
    JCudaDriver.cuCtxSetCurrent(context);
    JCudaDriver.cuStreamSynchronize(stream);
    List<AutoCloseable> last = new ArrayList<>(resources).reversed();
    for (AutoCloseable resource : last) {
      switch (resource) {
        case CudaReplay sequence -> sequence.close();
        case CudaModule module -> module.close();
        case CudaBuffer buffer -> buffer.close();
        case PinnedStaging staging -> staging.close();
        default -> throw new IllegalStateException("unknown resource " + resource);
      }
    }
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
    open = false;
  }
}
