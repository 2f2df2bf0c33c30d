package dev.tuckerc.cuda;

import static jcuda.nvrtc.JNvrtc.nvrtcCompileProgram;
import static jcuda.nvrtc.JNvrtc.nvrtcCreateProgram;
import static jcuda.nvrtc.JNvrtc.nvrtcDestroyProgram;
import static jcuda.nvrtc.JNvrtc.nvrtcGetCUBIN;
import static jcuda.nvrtc.JNvrtc.nvrtcGetCUBINSize;
import static jcuda.nvrtc.JNvrtc.nvrtcGetErrorString;
import static jcuda.nvrtc.JNvrtc.nvrtcGetPTX;
import static jcuda.nvrtc.JNvrtc.nvrtcGetProgramLog;
import static jcuda.nvrtc.JNvrtc.nvrtcVersion;

import dev.tuckerc.device.DeviceException;
import java.nio.file.Path;
import java.util.List;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/// NVRTC from the JavaCPP redistributable, through JCuda.
final class JcudaNvrtc implements NvrtcLibrary {
  private final String version;

  JcudaNvrtc(TuckercCache cache) {
    Path library = NativeLibraries.loadNvrtc(cache);
    JNvrtc.setExceptionsEnabled(false);
    int[] major = {0};
    int[] minor = {0};
    check(nvrtcVersion(major, minor), "nvrtcVersion");
    Path folder = library.getParent();
    String build = folder == null ? "" : String.valueOf(folder.getFileName());
    this.version = major[0] + "." + minor[0] + " (" + build + ")";
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Outcome compile(String name, String source, List<String> options) {
    nvrtcProgram program = new nvrtcProgram();
    check(nvrtcCreateProgram(program, source, name, 0, null, null), "nvrtcCreateProgram");
    try {
      int code = nvrtcCompileProgram(program, options.size(), options.toArray(String[]::new));
      String[] log = {""};
      check(nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
      String logText = NvrtcLibrary.withoutNul(log[0]);
      if (code != nvrtcResult.NVRTC_SUCCESS) {
        return new Outcome(nvrtcGetErrorString(code), logText, "", new byte[0]);
      }
      String[] ptx = {""};
      check(nvrtcGetPTX(program, ptx), "nvrtcGetPTX");
      long[] size = {0};
      check(nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
      byte[] cubin = new byte[Math.toIntExact(size[0])];
      check(nvrtcGetCUBIN(program, cubin), "nvrtcGetCUBIN");
      return new Outcome("", logText, NvrtcLibrary.withoutNul(ptx[0]), cubin);
    } finally {
      nvrtcDestroyProgram(program);
    }
  }

  private static void check(int code, String call) {
    if (code != nvrtcResult.NVRTC_SUCCESS) {
      throw new DeviceException(call + " failed: " + nvrtcGetErrorString(code));
    }
  }
}
