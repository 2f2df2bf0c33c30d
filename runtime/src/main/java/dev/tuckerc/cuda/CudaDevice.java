package dev.tuckerc.cuda;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.DeviceProvider.Availability;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An NVIDIA GPU through the driver API.
///
/// It works in the GPU's primary context and on one stream of its own, so all work is ordered as
/// submitted. Closing it frees everything it gave out.
public final class CudaDevice implements Device {
  private static final Logger LOG = LoggerFactory.getLogger(CudaDevice.class);
  private static final int FIRST_WITH_PROGRAMMATIC_LAUNCH = 90;

  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final Stream stream = new Stream();
  private final PinnedStaging staging;
  private final DeviceInfo info;
  private final String driverVersion;
  private final Set<AutoCloseable> resources = new LinkedHashSet<>();
  private @Nullable ProgrammaticLaunch programmaticLaunch;
  private boolean open = true;

  /// JCuda keeps the handle to itself and its subclasses.
  private static final class Stream extends CUstream {
    long handle() {
      return getNativePointer();
    }
  }

  private CudaDevice(int ordinal, String driverVersion) {
    this.device = deviceOf(ordinal);
    this.info = infoOf(device);
    this.driverVersion = driverVersion;
    CudaCalls.check(
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "opening " + info.name());
    try {
      makeCurrent();
      CudaCalls.check(
          JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
          "creating a stream");
      this.staging = new PinnedStaging(stream);
    } catch (DeviceException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  /// The GPUs of this machine, or why there are none. Needs no driver to answer.
  public static Availability availability() {
    CudaProbe probe = CudaProbe.run();
    if (!probe.usable()) {
      return new Availability(List.of(), probe.problem());
    }
    try {
      initialize();
      List<DeviceInfo> devices = new ArrayList<>();
      for (int i = 0; i < probe.deviceCount(); i++) {
        devices.add(infoOf(deviceOf(i)));
      }
      return new Availability(devices, "");
    } catch (DeviceException e) {
      return new Availability(List.of(), String.valueOf(e.getMessage()));
    }
  }

  /// The GPUs of this machine; empty where there are none.
  public static List<DeviceInfo> list() {
    return availability().devices();
  }

  /// Opens a GPU.
  ///
  /// @param ordinal index in [#list]
  /// @throws DeviceException when there is no such GPU; the message says why
  public static CudaDevice open(int ordinal) {
    CudaProbe probe = CudaProbe.run();
    probe.requireUsable();
    if (ordinal < 0 || ordinal >= probe.deviceCount()) {
      throw new DeviceException(
          "there is no cuda:"
              + ordinal
              + "; this machine has cuda:0 to cuda:"
              + (probe.deviceCount() - 1));
    }
    initialize();
    return new CudaDevice(ordinal, probe.driver());
  }

  private static void initialize() {
    NativeLibraries.loadDriver(TuckercCache.standard());
    JCudaDriver.setExceptionsEnabled(false);
    CudaCalls.check(JCudaDriver.cuInit(0), "starting the NVIDIA driver");
  }

  private static CUdevice deviceOf(int ordinal) {
    CUdevice device = new CUdevice();
    CudaCalls.check(JCudaDriver.cuDeviceGet(device, ordinal), "finding cuda:" + ordinal);
    return device;
  }

  private static DeviceInfo infoOf(CUdevice device) {
    byte[] name = new byte[256];
    CudaCalls.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "naming the GPU");
    long[] memory = {0};
    CudaCalls.check(JCudaDriver.cuDeviceTotalMem(memory, device), "measuring the GPU's memory");
    int major = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    return new DeviceInfo(
        DeviceInfo.Kind.CUDA,
        CudaCalls.text(name),
        10 * major + minor,
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        memory[0],
        attribute(
            device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  }

  private static int attribute(CUdevice device, int which) {
    int[] value = {0};
    CudaCalls.check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "asking the GPU");
    return value[0];
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  /// Limits of this GPU that the driver knows.
  public CudaLimits limits() {
    makeCurrent();
    return new CudaLimits(
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR),
        attribute(
            device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE));
  }

  /// The newest CUDA version the driver supports, such as `12.9`.
  public String driverVersion() {
    return driverVersion;
  }

  /// The context belongs to the calling thread only after this.
  void makeCurrent() {
    if (!open) {
      throw new DeviceException("device " + info.name() + " is closed");
    }
    CudaCalls.check(JCudaDriver.cuCtxSetCurrent(context), "switching to " + info.name());
  }

  @Override
  public DeviceModule load(String ptx, String label) {
    makeCurrent();
    CudaModule module = CudaModule.load(this, ptx, label);
    resources.add(module);
    return module;
  }

  @Override
  public DeviceBuffer allocate(long bytes, String label) {
    if (bytes <= 0) {
      throw new DeviceException("buffer " + label + " of " + bytes + " bytes");
    }
    makeCurrent();
    CudaBuffer.Address pointer = new CudaBuffer.Address();
    int code = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (code != CUresult.CUDA_SUCCESS) {
      long[] free = {0};
      long[] total = {0};
      String have =
          JCudaDriver.cuMemGetInfo(free, total) == CUresult.CUDA_SUCCESS
              ? " (" + free[0] + " of " + total[0] + " are free)"
              : "";
      throw CudaCalls.failure(code, "allocating " + bytes + " bytes for " + label + have);
    }
    CudaBuffer buffer = new CudaBuffer(this, pointer, bytes, label);
    resources.add(buffer);
    return buffer;
  }

  @Override
  public void upload(DeviceBuffer target, long targetOffset, MemorySegment source) {
    CudaBuffer buffer = own(target);
    buffer.part(targetOffset, source.byteSize());
    makeCurrent();
    staging.upload(buffer, targetOffset, source);
  }

  @Override
  public void download(DeviceBuffer source, long sourceOffset, MemorySegment target) {
    CudaBuffer buffer = own(source);
    buffer.part(sourceOffset, target.byteSize());
    makeCurrent();
    staging.download(buffer, sourceOffset, target);
    synchronize();
  }

  @Override
  public void launch(KernelLaunch launch) {
    makeCurrent();
    prepare(launch);
    submit(launch);
  }

  @Override
  public LaunchSequence record(List<KernelLaunch> launches) {
    makeCurrent();
    CudaSequence sequence = CudaSequence.record(this, stream, launches);
    resources.add(sequence);
    return sequence;
  }

  @Override
  public LaunchSequence queue(List<KernelLaunch> launches) {
    makeCurrent();
    CudaQueue queue = CudaQueue.of(this, stream, launches);
    resources.add(queue);
    return queue;
  }

  @Override
  public long[] time(List<LaunchSequence> sequences) {
    makeCurrent();
    return CudaTiming.backToBack(stream, sequences.stream().map(this::own).toList());
  }

  private CudaReplay own(LaunchSequence sequence) {
    if (sequence instanceof CudaReplay own && resources.contains(own)) {
      return own;
    }
    throw new DeviceException("a launch sequence is closed, or of another device");
  }

  @Override
  public void synchronize() {
    makeCurrent();
    CudaCalls.check(JCudaDriver.cuStreamSynchronize(stream), "running on " + info.name());
  }

  /// Checks a launch and grants it what it needs.
  void prepare(KernelLaunch launch) {
    checkArguments(launch);
    kernelOf(launch).prepare(launch.block().count(), launch.sharedBytes());
  }

  void checkArguments(KernelLaunch launch) {
    for (KernelArgument argument : launch.arguments()) {
      switch (argument) {
        case KernelArgument.Pointer pointer -> own(pointer.buffer()).address();
        case KernelArgument.TensorMap map -> own(map.buffer()).address();
        case KernelArgument.Int32 _, KernelArgument.Int64 _, KernelArgument.Float32 _ -> {}
      }
    }
  }

  /// Puts a prepared launch on the stream.
  void submit(KernelLaunch launch) {
    if (launch.programmatic() && info.computeCapability() >= FIRST_WITH_PROGRAMMATIC_LAUNCH) {
      if (programmaticLaunch == null) {
        programmaticLaunch = ProgrammaticLaunch.bind();
      }
      CudaCalls.check(
          programmaticLaunch.launch(launch, kernelOf(launch).handle(), stream.handle()),
          "launching " + launch.kernel().name());
      return;
    }
    NativePointerObject[] arguments =
        launch.arguments().stream().map(CudaDevice::valueOf).toArray(NativePointerObject[]::new);
    CudaCalls.check(
        JCudaDriver.cuLaunchKernel(
            kernelOf(launch).function(),
            launch.grid().x(),
            launch.grid().y(),
            launch.grid().z(),
            launch.block().x(),
            launch.block().y(),
            launch.block().z(),
            launch.sharedBytes(),
            stream,
            Pointer.to(arguments),
            null),
        "launching " + launch.kernel().name());
  }

  /// The driver takes each argument by a pointer to its value.
  private static Pointer valueOf(KernelArgument argument) {
    return switch (argument) {
      case KernelArgument.Pointer p -> Pointer.to(new long[] {p.buffer().address() + p.offset()});
      case KernelArgument.Int32 i -> Pointer.to(new int[] {i.value()});
      case KernelArgument.Int64 i -> Pointer.to(new long[] {i.value()});
      case KernelArgument.Float32 f -> Pointer.to(new float[] {f.value()});
      case KernelArgument.TensorMap m -> Pointer.to(TensorMaps.encode(m));
    };
  }

  private CudaModule.Kernel kernelOf(KernelLaunch launch) {
    if (launch.kernel() instanceof CudaModule.Kernel kernel && kernel.belongsTo(this)) {
      return kernel;
    }
    throw new DeviceException("kernel " + launch.kernel().name() + " is of another device");
  }

  private CudaBuffer own(DeviceBuffer buffer) {
    if (buffer instanceof CudaBuffer own && own.belongsTo(this)) {
      return own;
    }
    throw new DeviceException("buffer " + buffer.label() + " is of another device");
  }

  /// Frees a resource; a failure is logged, for there is nothing a caller could do.
  void release(AutoCloseable resource, IntSupplier free, String what) {
    if (resources.remove(resource)) {
      makeCurrent();
      int code = free.getAsInt();
      if (code != CUresult.CUDA_SUCCESS) {
        LOG.warn("{} failed: {}", what, CUresult.stringFor(code));
      }
    }
  }

  @Override
  public void close() {
    if (!open) {
      return;
    }
    makeCurrent();
    JCudaDriver.cuStreamSynchronize(stream);
    List<AutoCloseable> last = new ArrayList<>(resources).reversed();
    for (AutoCloseable resource : last) {
      switch (resource) {
        case CudaReplay sequence -> sequence.close();
        case CudaModule module -> module.close();
        case CudaBuffer buffer -> buffer.close();
        default -> throw new IllegalStateException("unknown resource " + resource);
      }
    }
    staging.close();
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
    open = false;
  }
}
