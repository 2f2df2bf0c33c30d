package dev.tuckerc.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tuckerc.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/// Finds out, without JCuda, whether there is a working NVIDIA driver. JCuda's driver binding must
/// not be loaded where there is none: it links to `libcuda.so.1`.
///
/// @param problem one line that says what is missing; empty when all is well
/// @param deviceCount number of GPUs
/// @param driverVersion the newest CUDA version the driver supports, as 1000 * major + 10 * minor
record CudaProbe(String problem, int deviceCount, int driverVersion) {
  private static final String LIBRARY = "libcuda.so.1";
  private static final int SUCCESS = 0;
  private static final int STUB_LIBRARY = 34;
  private static final int NO_DEVICE = 100;
  private static final int DRIVER_MISMATCH = 803;

  /// CUDA 11.0: the first driver with all that this package calls.
  private static final int OLDEST_DRIVER = 11000;

  private static final List<String> FUNCTIONS =
      List.of(
          "cuInit",
          "cuDriverGetVersion",
          "cuDeviceGetCount",
          "cuDevicePrimaryCtxRetain",
          "cuModuleLoadDataEx",
          "cuMemAlloc_v2",
          "cuLaunchKernel",
          "cuStreamBeginCapture_v2",
          "cuGraphLaunch");

  static CudaProbe run() {
    return run(LIBRARY);
  }

  /// @param library name or path, for tests
  static CudaProbe run(String library) {
    if (!NativeLibraries.supportedPlatform()) {
      return failed("the CUDA binding is for Linux on x86-64 only");
    }
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(library, Arena.global());
    } catch (IllegalArgumentException e) {
      return failed("there is no NVIDIA driver (" + library + " cannot be opened)");
    }
    for (String function : FUNCTIONS) {
      if (symbols.find(function).isEmpty()) {
        return failed(library + " is no usable NVIDIA driver: it lacks " + function);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      int code = (int) bind(symbols, "cuInit", JAVA_INT).invokeExact(0);
      if (code != SUCCESS) {
        return failed(initProblem(library, code));
      }
      code = (int) bind(symbols, "cuDriverGetVersion", ADDRESS).invokeExact(number);
      int version = number.get(JAVA_INT, 0);
      if (code != SUCCESS || version < OLDEST_DRIVER) {
        return failed(
            "the NVIDIA driver supports CUDA " + text(version) + ", at least 11.0 is needed");
      }
      code = (int) bind(symbols, "cuDeviceGetCount", ADDRESS).invokeExact(number);
      int count = number.get(JAVA_INT, 0);
      if (code != SUCCESS || count < 1) {
        return failed("the NVIDIA driver finds no GPU");
      }
      return new CudaProbe("", count, version);
    } catch (Throwable e) {
      return failed(library + " cannot be called: " + e);
    }
  }

  boolean usable() {
    return problem.isEmpty();
  }

  /// The driver's CUDA version, such as `12.9`.
  String driver() {
    return text(driverVersion);
  }

  /// @throws DeviceException with the problem, if there is one
  void requireUsable() {
    if (!usable()) {
      throw new DeviceException("no CUDA device: " + problem);
    }
  }

  private static String text(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  private static String initProblem(String library, int code) {
    return switch (code) {
      case NO_DEVICE -> "the NVIDIA driver finds no GPU";
      case STUB_LIBRARY -> library + " is the CUDA toolkit's stub, not a driver";
      case DRIVER_MISMATCH ->
          "the NVIDIA driver's library and kernel module differ in version; reboot";
      default -> "the NVIDIA driver does not start (cuInit gives error " + code + ")";
    };
  }

  private static CudaProbe failed(String problem) {
    return new CudaProbe(problem, 0, 0);
  }

  private static MethodHandle bind(SymbolLookup symbols, String name, MemoryLayout argument) {
    Optional<MemorySegment> symbol = symbols.find(name);
    return Linker.nativeLinker()
        .downcallHandle(symbol.orElseThrow(), FunctionDescriptor.of(JAVA_INT, argument));
  }
}
