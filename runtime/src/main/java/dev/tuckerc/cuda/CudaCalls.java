package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUresult;

/// Turns the driver's result codes into exceptions.
final class CudaCalls {
  private CudaCalls() {}

  /// @param what what was asked of the driver, for the message
  static void check(int code, String what) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw failure(code, what);
    }
  }

  static DeviceException failure(int code, String what) {
    return new DeviceException(what + " failed: " + CUresult.stringFor(code) + advice(code));
  }

  private static String advice(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          "; the GPU's memory is used up: close other programs on it, or use a smaller batch";
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_ASSERT ->
          "; a kernel did this, earlier or now, and the GPU takes no more work from this process:"
              + " run on the emulator with its checks on to find the line";
      case CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES ->
          "; the block needs more registers or shared memory than the GPU has";
      default -> "";
    };
  }

  /// Text up to its NUL.
  static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8).strip();
  }
}
