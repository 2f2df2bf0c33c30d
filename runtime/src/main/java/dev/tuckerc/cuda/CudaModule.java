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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// PTX that the driver has compiled and loaded.
final class CudaModule implements DeviceModule {
  private static final int LOG_BYTES = 16 << 10;
  private static final Logger LOG = LoggerFactory.getLogger(CudaModule.class);
  private static final Pattern VERSION = Pattern.compile("\\.version\\s+\\d+\\.\\d+");
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)");

  /// Larger clusters exist on some GPUs only, and must be asked for.
  private static final int MOST_PORTABLE_CLUSTER = 8;

  private final CudaDevice device;
  private final CUmodule module;
  private final String label;
  private final List<String> entryPoints;
  private final boolean clusters;
  private boolean open = true;

  private CudaModule(
      CudaDevice device,
      CUmodule module,
      String label,
      List<String> entryPoints,
      boolean clusters) {
    this.device = device;
    this.module = module;
    this.label = label;
    this.entryPoints = entryPoints;
    this.clusters = clusters;
  }

  static CudaModule load(CudaDevice device, String ptx, String label) {
    CUmodule module = new CUmodule();
    JITOptions options = options();
    int code = load(module, ptx, options);
    if (code == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) {
      // NVRTC stamps its own version on PTX that mostly needs far less. An older driver takes such
      // PTX under its own version, and refuses by name the instructions that it does not know.
      String lowered = withVersionOf(ptx, device.driverVersion());
      LOG.info("{}: trying it as PTX for CUDA {}", label, device.driverVersion());
      int retried = load(module, lowered, options);
      code = retried == CUresult.CUDA_SUCCESS ? retried : code;
    }
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
    return new CudaModule(device, module, label, entryPoints, ptx.contains(".reqnctapercluster"));
  }

  private static JITOptions options() {
    JITOptions options = new JITOptions();
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
    return options;
  }

  private static int load(CUmodule module, String ptx, JITOptions options) {
    byte[] text = ptx.getBytes(StandardCharsets.UTF_8);
    byte[] terminated = Arrays.copyOf(text, text.length + 1);
    return JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(terminated), options);
  }

  /// PTX versions follow CUDA's: 7.x of CUDA 11.x, 8.x of 12.x, 9.x of 13.x.
  static String withVersionOf(String ptx, String cuda) {
    int dot = cuda.indexOf('.');
    int major = Integer.parseInt(cuda.substring(0, dot)) - 4;
    return VERSION.matcher(ptx).replaceFirst(".version " + major + cuda.substring(dot));
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
    Function function = new Function();
    int code = JCudaDriver.cuModuleGetFunction(function, module, name);
    if (code == CUresult.CUDA_ERROR_NOT_FOUND) {
      throw new DeviceException(label + " has no kernel " + name + "; it has " + entryPoints);
    }
    CudaCalls.check(code, "finding kernel " + name + " in " + label);
    if (clusters) {
      allowLargeCluster(function, name);
    }
    return new Kernel(device, function, name);
  }

  /// Older drivers do not know the attributes, so this is done for kernels with clusters only.
  private static void allowLargeCluster(CUfunction function, String name) {
    long blocks =
        (long)
                attribute(
                    function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH)
            * attribute(
                function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT)
            * attribute(
                function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH);
    if (blocks > MOST_PORTABLE_CLUSTER) {
      CudaCalls.check(
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED,
              1),
          "allowing clusters of " + blocks + " blocks to " + name);
    }
  }

  private static int attribute(CUfunction function, String name, int which) {
    int[] value = {0};
    CudaCalls.check(
        JCudaDriver.cuFuncGetAttribute(value, which, function), "reading attributes of " + name);
    return value[0];
  }

  /// JCuda keeps the handle to itself and its subclasses.
  private static final class Function extends CUfunction {
    long handle() {
      return getNativePointer();
    }
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
    private final Function function;
    private final String name;
    private final int staticSharedBytes;
    private final int mostThreads;
    private int grantedSharedBytes;

    private Kernel(CudaDevice device, Function function, String name) {
      this.device = device;
      this.function = function;
      this.name = name;
      this.staticSharedBytes =
          attribute(function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
      this.mostThreads =
          attribute(function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
      this.grantedSharedBytes =
          attribute(
              function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
    }

    @Override
    public String name() {
      return name;
    }

    CUfunction function() {
      return function;
    }

    long handle() {
      return function.handle();
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
