package dev.tuckerc.cuda;

import dev.tuckerc.cuda.driver.CudaBuffer;
import dev.tuckerc.cuda.driver.CudaCalls;
import dev.tuckerc.cuda.driver.CudaContext;
import dev.tuckerc.cuda.driver.CudaLauncher;
import dev.tuckerc.cuda.driver.CudaModule;
import dev.tuckerc.cuda.driver.CudaQueue;
import dev.tuckerc.cuda.driver.CudaReplay;
import dev.tuckerc.cuda.driver.CudaSequence;
import dev.tuckerc.cuda.driver.CudaTiming;
import dev.tuckerc.cuda.driver.PinnedStaging;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.DeviceProvider.Availability;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/// An NVIDIA GPU through the driver API.
///
/// It works in the GPU's primary context and on one stream of its own, so all work is ordered as
/// submitted. Closing it frees everything it gave out.
public final class CudaDevice implements Device {
  private final CUdevice device;
  private final CudaContext context;
  private final CudaLauncher launcher;
  private final PinnedStaging staging;
  private final String driverVersion;

  private CudaDevice(int ordinal, String driverVersion) {
    this.device = deviceOf(ordinal);
    this.driverVersion = driverVersion;
    this.context = new CudaContext(device, infoOf(device));
    this.launcher = new CudaLauncher(context);
    try {
      this.staging = context.register(new PinnedStaging(context));
    } catch (DeviceException e) {
      context.close();
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
    return context.info();
  }

  /// Limits of this GPU that the driver knows.
  public CudaLimits limits() {
    context.makeCurrent();
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

  @Override
  public DeviceModule load(String ptx, String label) {
    return load(KernelCode.ofPtx(ptx), label);
  }

  @Override
  public DeviceModule load(KernelCode code, String label) {
    context.makeCurrent();
    return context.register(CudaModule.load(context, driverVersion, code, label));
  }

  @Override
  public DeviceBuffer allocate(long bytes, String label) {
    if (bytes <= 0) {
      throw new DeviceException("buffer " + label + " of " + bytes + " bytes");
    }
    context.makeCurrent();
    return CudaBuffer.allocate(context, bytes, label);
  }

  @Override
  public void upload(DeviceBuffer target, long targetOffset, MemorySegment source) {
    CudaBuffer buffer = CudaBuffer.of(context, target);
    buffer.part(targetOffset, source.byteSize());
    context.makeCurrent();
    staging.upload(buffer, targetOffset, source);
  }

  @Override
  public void download(DeviceBuffer source, long sourceOffset, MemorySegment target) {
    CudaBuffer buffer = CudaBuffer.of(context, source);
    buffer.part(sourceOffset, target.byteSize());
    context.makeCurrent();
    staging.download(buffer, sourceOffset, target);
    context.synchronize();
  }

  @Override
  public void launch(KernelLaunch launch) {
    context.makeCurrent();
    launcher.prepare(launch);
    launcher.submit(launch);
  }

  @Override
  public LaunchSequence record(List<KernelLaunch> launches) {
    context.makeCurrent();
    return context.register(CudaSequence.record(context, launcher, launches));
  }

  @Override
  public LaunchSequence queue(List<KernelLaunch> launches) {
    context.makeCurrent();
    return context.register(CudaQueue.of(context, launcher, launches));
  }

  @Override
  public long[] time(List<LaunchSequence> sequences) {
    context.makeCurrent();
    return CudaTiming.backToBack(
        context, sequences.stream().map(s -> CudaReplay.of(context, s)).toList());
  }

  @Override
  public void synchronize() {
    context.synchronize();
  }

  @Override
  public void close() {
    context.close();
  }
}
