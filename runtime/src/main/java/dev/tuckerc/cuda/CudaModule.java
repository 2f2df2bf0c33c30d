package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelLaunch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

/// Code that the driver has loaded.
final class CudaModule implements DeviceModule {
  private static final int LOG_BYTES = 64 << 10;
  private static final Logger LOG = LoggerFactory.getLogger(CudaModule.class);
  private static final Pattern VERSION = Pattern.compile("\\.version\\s+\\d+\\.\\d+");
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)");

  /// Larger clusters exist on some GPUs only, and must be asked for.
  private static final int MOST_PORTABLE_CLUSTER = 8;

  private final CudaContext context;
  private final CUmodule module;
  private final String label;
  private final List<String> entryPoints;
  private final boolean clusters;
  private final KernelCode.Form form;
  private boolean open = true;

  private CudaModule(
      CudaContext context, CUmodule module, KernelCode code, String label, KernelCode.Form form) {
    this.context = context;
    this.module = module;
    this.label = label;
    this.entryPoints =
        ENTRY.matcher(code.ptx()).results().map(match -> match.group(1)).sorted().toList();
    this.clusters = code.ptx().contains(".reqnctapercluster");
    this.form = form;
  }

  /// Machine code where it is for this GPU and the driver can tell what its kernels take, so that
  /// no launch passes too little; else PTX.
  ///
  /// @param driver the newest CUDA version of the driver, such as `12.9`
  static CudaModule load(CudaContext context, String driver, KernelCode code, String label) {
    CUmodule module = new CUmodule();
    if (code.hasMachineCodeFor(context.info().computeCapability()) && KernelParameters.known()) {
      int result = JCudaDriver.cuModuleLoadData(module, code.cubin());
      if (result != CUresult.CUDA_SUCCESS) {
        throw refused(context, driver, label + " (machine code)", new Attempt(result, ""));
      }
      return new CudaModule(context, module, code, label, KernelCode.Form.CUBIN);
    }
    Attempt attempt = Attempt.of(module, code.ptx());
    if (attempt.code() == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) {
      // NVRTC stamps its own version on PTX that mostly needs far less. An older driver takes such
      // PTX under its own version, and refuses by name the instructions that it does not know.
      LOG.info("{}: trying it as PTX for CUDA {}", label, driver);
      Attempt second = Attempt.of(module, withVersionOf(code.ptx(), driver));
      attempt = second.succeeded() ? second : attempt.then(second, driver);
    }
    if (!attempt.succeeded()) {
      throw refused(context, driver, label, attempt);
    }
    return new CudaModule(context, module, code, label, KernelCode.Form.PTX);
  }

  private static DeviceException refused(
      CudaContext context, String driver, String label, Attempt attempt) {
    return new DeviceException(
        label
            + " does not load on "
            + context.info().name()
            + ": "
            + CUresult.stringFor(attempt.code())
            + advice(attempt.code(), context, driver)
            + (attempt.log().isEmpty() ? "" : "\n" + attempt.log()));
  }

  /// What came of giving PTX to the driver.
  private record Attempt(int code, String log) {

    static Attempt of(CUmodule module, String ptx) {
      byte[] text = ptx.getBytes(StandardCharsets.UTF_8);
      byte[] terminated = Arrays.copyOf(text, text.length + 1);
      // The driver writes the log's length where it read the room for it: options serve once.
      JITOptions options = new JITOptions();
      options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
      options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
      int code = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(terminated), options);
      byte[] log = options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER);
      return new Attempt(code, log == null ? "" : CudaCalls.text(log));
    }

    boolean succeeded() {
      return code == CUresult.CUDA_SUCCESS;
    }

    /// This attempt, followed by what another with an older version gave.
    Attempt then(Attempt second, String driver) {
      String more =
          "as PTX for CUDA " + driver + ": " + CUresult.stringFor(second.code) + "\n" + second.log;
      return new Attempt(code, (log + "\n" + more).strip());
    }
  }

  /// PTX versions follow CUDA's: 7.x of CUDA 11.x, 8.x of 12.x, 9.x of 13.x.
  static String withVersionOf(String ptx, String cuda) {
    int dot = cuda.indexOf('.');
    int major = Integer.parseInt(cuda.substring(0, dot)) - 4;
    return VERSION.matcher(ptx).replaceFirst(".version " + major + cuda.substring(dot));
  }

  private static String advice(int code, CudaContext context, String driver) {
    return switch (code) {
      case CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
          "; the driver supports CUDA " + driver + " and the PTX is newer: update the driver";
      case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, CUresult.CUDA_ERROR_INVALID_PTX ->
          "; this GPU is sm_"
              + context.info().computeCapability()
              + ": if the PTX is for a newer one, compile again for this target";
      default -> "";
    };
  }

  @Override
  public DeviceKernel kernel(String name) {
    if (!open) {
      throw new DeviceException("module " + label + " is closed");
    }
    context.makeCurrent();
    Function function = new Function();
    int code = JCudaDriver.cuModuleGetFunction(function, module, name);
    if (code == CUresult.CUDA_ERROR_NOT_FOUND) {
      throw new DeviceException(label + " has no kernel " + name + "; it has " + entryPoints);
    }
    context.check(code, "finding kernel " + name + " in " + label);
    if (clusters) {
      allowLargeCluster(context, function, name);
    }
    return new Kernel(context, function, name);
  }

  /// Older drivers do not know the attributes, so this is done for kernels with clusters only.
  private static void allowLargeCluster(CudaContext context, CUfunction function, String name) {
    long blocks =
        (long)
                attribute(
                    context,
                    function,
                    name,
                    CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH)
            * attribute(
                context,
                function,
                name,
                CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT)
            * attribute(
                context,
                function,
                name,
                CUfunction_attribute.CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH);
    if (blocks > MOST_PORTABLE_CLUSTER) {
      context.check(
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED,
              1),
          "allowing clusters of " + blocks + " blocks to " + name);
    }
  }

  private static int attribute(CudaContext context, CUfunction function, String name, int which) {
    int[] value = {0};
    context.check(
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
  public KernelCode.Form form() {
    return form;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      context.release(this, () -> JCudaDriver.cuModuleUnload(module), "unloading " + label);
    }
  }

  /// An entry point, and how much dynamic shared memory it was granted so far.
  static final class Kernel implements DeviceKernel {
    private final CudaContext context;
    private final Function function;
    private final String name;
    private final int staticSharedBytes;
    private final int mostThreads;
    private final Optional<KernelParameters> parameters;
    private int grantedSharedBytes;

    private Kernel(CudaContext context, Function function, String name) {
      this.context = context;
      this.function = function;
      this.name = name;
      this.staticSharedBytes =
          attribute(
              context, function, name, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
      this.mostThreads =
          attribute(
              context,
              function,
              name,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
      this.parameters = KernelParameters.of(function.handle());
      this.grantedSharedBytes =
          attribute(
              context,
              function,
              name,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
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

    boolean belongsTo(CudaContext other) {
      return context == other;
    }

    /// Without asking, a block gets 48 KiB; what lies above must be opted in to.
    void prepare(KernelLaunch launch) {
      parameters.ifPresent(known -> known.check(launch));
      long threads = launch.block().count();
      int dynamicSharedBytes = launch.sharedBytes();
      if (threads > mostThreads) {
        throw new DeviceException(
            name + " runs at most " + mostThreads + " threads a block here, not " + threads);
      }
      int most = context.info().sharedBytesPerBlock() - staticSharedBytes;
      if (dynamicSharedBytes > most) {
        throw new DeviceException(
            name
                + " needs "
                + dynamicSharedBytes
                + " bytes of dynamic shared memory, "
                + context.info().name()
                + " grants "
                + most);
      }
      if (dynamicSharedBytes > grantedSharedBytes) {
        context.check(
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
