package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceException;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUresult;

/// Turns the driver's result codes into exceptions.
public final class CudaCalls {
  private CudaCalls() {}

  /// For calls outside a context; those inside go through [CudaContext#check].
  ///
  /// @param what what was asked of the driver, for the message
  public static void check(int code, String what) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw failure(code, what);
    }
  }

  static DeviceException failure(int code, String what) {
    return new DeviceException(what + " failed: " + CUresult.stringFor(code) + advice(code));
  }

  /// Whether the context, and with it the process, is lost to the GPU: the driver's documentation
  /// says of these that every further call gives the same error.
  static boolean endsContext(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE ->
          true;
      default -> false;
    };
  }

  private static String advice(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          "; the GPU's memory is used up: close other programs on it, or use a smaller batch";
      case CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES ->
          "; the block needs more registers or shared memory than the GPU has";
      default -> "";
    };
  }

  /// Text up to its NUL.
  public static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8).strip();
  }
}
