package dev.tuckerc.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcuda.driver.CUresult;

/// The parameters of a kernel as the driver knows them, by `cuFuncGetParamInfo` (CUDA 12.4). A
/// launch with too few arguments would let the driver read whatever lies behind them.
///
/// @param sizes in bytes, in order
record KernelParameters(List<Long> sizes) {
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

  private static Optional<MethodHandle> query() {
    return NativeFunctions.ofDriver().find("cuFuncGetParamInfo", TYPE);
  }

  /// Whether this driver can tell.
  static boolean known() {
    return query().isPresent();
  }

  /// The parameters of a kernel; empty where the driver cannot tell.
  ///
  /// @param function a `CUfunction`
  static Optional<KernelParameters> of(long function) {
    return query()
        .map(call -> {
          List<Long> sizes = new ArrayList<>();
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment offset = arena.allocate(JAVA_LONG);
            MemorySegment size = arena.allocate(JAVA_LONG);
            MemorySegment kernel = MemorySegment.ofAddress(function);
            int code = CUresult.CUDA_SUCCESS;
            while (true) {
              code = (int) NativeFunctions.call(call, kernel, (long) sizes.size(), offset, size);
              if (code != CUresult.CUDA_SUCCESS) {
                break;
              }
              sizes.add(size.get(JAVA_LONG, 0));
            }
            // It ends the list with this.
            if (code != CUresult.CUDA_ERROR_INVALID_VALUE) {
              CudaCalls.check(code, "reading a kernel's parameters");
            }
          }
          return new KernelParameters(List.copyOf(sizes));
        });
  }

  /// @throws DeviceException when the arguments of a launch are not these
  void check(KernelLaunch launch) {
    List<KernelArgument> arguments = launch.arguments();
    if (arguments.size() != sizes.size()) {
      throw new DeviceException(
          launch.kernel().name()
              + " takes "
              + sizes.size()
              + " arguments, not "
              + arguments.size());
    }
    for (int i = 0; i < sizes.size(); i++) {
      int bytes = KernelArguments.size(arguments.get(i));
      if (sizes.get(i) != bytes) {
        throw new DeviceException(
            "parameter "
                + i
                + " of "
                + launch.kernel().name()
                + " has "
                + sizes.get(i)
                + " bytes, the argument "
                + bytes);
      }
    }
  }
}
