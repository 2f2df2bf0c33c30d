package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/// PTX that the driver has compiled and loaded.
final class CudaModule implements DeviceModule {
  private static final int LOG_BYTES = 16 << 10;
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)");

  private final CudaDevice device;
  private final CUmodule module;
  private final String label;
  private final List<String> entryPoints;
  private boolean open = true;

  private CudaModule(CudaDevice device, CUmodule module, String label, List<String> entryPoints) {
    this.device = device;
    this.module = module;
    this.label = label;
    this.entryPoints = entryPoints;
  }

  static CudaModule load(CudaDevice device, String ptx, String label) {
    byte[] text = ptx.getBytes(StandardCharsets.UTF_8);
    byte[] terminated = Arrays.copyOf(text, text.length + 1);
    JITOptions options = new JITOptions();
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
    CUmodule module = new CUmodule();
    int code = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(terminated), options);
    if (code != CUresult.CUDA_SUCCESS) {
      String log = CudaCalls.text(options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER));
      throw new DeviceException(
          label
              + " does not load on "
              + device.info().name()
              + ": "
              + CUresult.stringFor(code)
              + advice(code, device)
              + (log.isEmpty() ? "" : "\n" + log));
    }
    List<String> entryPoints =
        ENTRY.matcher(ptx).results().map(match -> match.group(1)).sorted().toList();
    return new CudaModule(device, module, label, entryPoints);
  }

  private static String advice(int code, CudaDevice device) {
    return switch (code) {
      case CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
          "; the driver supports CUDA "
              + device.driverVersion()
              + " and the PTX is newer: update the driver";
      case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, CUresult.CUDA_ERROR_INVALID_PTX ->
          "; this GPU is sm_"
              + device.info().computeCapability()
              + ": if the PTX is for a newer one, compile again for this target";
      default -> "";
    };
  }

  @Override
  public DeviceKernel kernel(String name) {
    if (!open) {
      throw new DeviceException("module " + label + " is closed");
    }
    device.makeCurrent();
    CUfunction function = new CUfunction();
    int code = JCudaDriver.cuModuleGetFunction(function, module, name);
    if (code == CUresult.CUDA_ERROR_NOT_FOUND) {
      throw new DeviceException(label + " has no kernel " + name + "; it has " + entryPoints);
    }
    CudaCalls.check(code, "finding kernel " + name + " in " + label);
    return new Kernel(device, function, name);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      device.release(this, () -> JCudaDriver.cuModuleUnload(module), "unloading " + label);
    }
  }

  /// An entry point, and how much dynamic shared memory it was granted so far.
  static final class Kernel implements DeviceKernel {
    private final CudaDevice device;
    private final CUfunction function;
    private final String name;
    private final int staticSharedBytes;
    private final int mostThreads;
    private int grantedSharedBytes;

    Kernel(CudaDevice device, CUfunction function, String name) {
      this.device = device;
      this.function = function;
      this.name = name;
      this.staticSharedBytes = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
      this.mostThreads = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
      this.grantedSharedBytes =
          attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
    }

    private int attribute(int which) {
      int[] value = {0};
      CudaCalls.check(
          JCudaDriver.cuFuncGetAttribute(value, which, function), "reading attributes of " + name);
      return value[0];
    }

    @Override
    public String name() {
      return name;
    }

    CUfunction function() {
      return function;
    }

    boolean belongsTo(CudaDevice other) {
      return device == other;
    }

    /// Without asking, a block gets 48 KiB; what lies above must be opted in to.
    void prepare(long threads, int dynamicSharedBytes) {
      if (threads > mostThreads) {
        throw new DeviceException(
            name + " runs at most " + mostThreads + " threads a block here, not " + threads);
      }
      int most = device.info().sharedBytesPerBlock() - staticSharedBytes;
      if (dynamicSharedBytes > most) {
        throw new DeviceException(
            name
                + " needs "
                + dynamicSharedBytes
                + " bytes of dynamic shared memory, "
                + device.info().name()
                + " grants "
                + most);
      }
      if (dynamicSharedBytes > grantedSharedBytes) {
        CudaCalls.check(
            JCudaDriver.cuFuncSetAttribute(
                function,
                CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                dynamicSharedBytes),
            "granting " + dynamicSharedBytes + " bytes of shared memory to " + name);
        grantedSharedBytes = dynamicSharedBytes;
      }
    }
  }
}
