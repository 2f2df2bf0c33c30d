package dev.tuckerc.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tuckerc.cuda.driver.NativeFunctions;
import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// An NVRTC library, `libnvrtc.so.12` or `.13`, opened by path: the one shipped with tuckerc, or
/// one that is already on the machine.
final class Nvrtc {
  private static final String REMEDY = "name a libnvrtc.so.12 or libnvrtc.so.13";
  private static final int BUILD_DIGITS = 12;

  private final Path path;
  private final String version;
  private final MethodHandle createProgram;
  private final MethodHandle compileProgram;
  private final MethodHandle destroyProgram;
  private final MethodHandle errorString;
  private final Output log;
  private final Output ptx;
  private final Output cubin;

  /// The two calls that read one output: `nvrtcGet<what>Size(program, size*)` and
  /// `nvrtcGet<what>(program, bytes*)`.
  private record Output(String what, MethodHandle size, MethodHandle read) {}

  /// What NVRTC answered.
  ///
  /// @param error its error name, empty on success
  /// @param log program log, without trailing NUL
  /// @param ptx PTX text without trailing NUL, empty on failure
  /// @param cubin machine code, empty on failure
  record Outcome(String error, String log, String ptx, byte[] cubin) {
    boolean succeeded() {
      return error.isEmpty();
    }
  }

  /// @param sha256 of the file, in hexadecimal digits, where it is known
  /// @throws DeviceException when the file is no such library
  Nvrtc(Path path, Optional<String> sha256) {
    this.path = path;
    NativeFunctions functions = open(path);
    this.createProgram =
        bind(
            functions, "nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
    this.compileProgram = bind(functions, "nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
    this.destroyProgram = bind(functions, "nvrtcDestroyProgram", ADDRESS);
    this.errorString =
        functions.require("nvrtcGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT), REMEDY);
    this.log = output(functions, "ProgramLog");
    this.ptx = output(functions, "PTX");
    this.cubin = output(functions, "CUBIN");
    MethodHandle versionCall = bind(functions, "nvrtcVersion", ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(JAVA_INT, 2);
      check((int) NativeFunctions.call(versionCall, numbers, numbers.asSlice(4)), "nvrtcVersion");
      this.version =
          version(
              numbers.getAtIndex(JAVA_INT, 0) + "." + numbers.getAtIndex(JAVA_INT, 1),
              sha256.isPresent() ? sha256.get() : NativeLibraries.sha256(path));
    } catch (IOException e) {
      throw new DeviceException("cannot read " + path + ": " + e, e);
    }
  }

  /// A release and the beginning of the library's SHA-256: `12.9 (c3430e8b6b0d)`.
  static String version(String release, String sha256) {
    return release + " (" + sha256.substring(0, BUILD_DIGITS) + ")";
  }

  /// The library's [#version(String, String)].
  String version() {
    return version;
  }

  /// Compiles one program. Safe to call from several threads at once.
  Outcome compile(String name, String source, List<String> options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      check(
          (int)
              NativeFunctions.call(
                  createProgram,
                  handle,
                  arena.allocateFrom(source),
                  arena.allocateFrom(name),
                  0,
                  MemorySegment.NULL,
                  MemorySegment.NULL),
          "nvrtcCreateProgram");
      try {
        MemorySegment texts = arena.allocate(ADDRESS, Math.max(1, options.size()));
        for (int i = 0; i < options.size(); i++) {
          texts.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
        }
        MemorySegment program = handle.get(ADDRESS, 0);
        int code = (int) NativeFunctions.call(compileProgram, program, options.size(), texts);
        String logText = text(read(log, program, arena));
        if (code != 0) {
          return new Outcome(errorName(code), logText, "", new byte[0]);
        }
        return new Outcome(
            "", logText, text(read(ptx, program, arena)), read(cubin, program, arena));
      } finally {
        check((int) NativeFunctions.call(destroyProgram, handle), "nvrtcDestroyProgram");
      }
    }
  }

  private byte[] read(Output output, MemorySegment program, Arena arena) {
    MemorySegment size = arena.allocate(JAVA_LONG);
    check(
        (int) NativeFunctions.call(output.size(), program, size),
        "nvrtcGet" + output.what() + "Size");
    MemorySegment bytes = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
    check((int) NativeFunctions.call(output.read(), program, bytes), "nvrtcGet" + output.what());
    return bytes.asSlice(0, size.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
  }

  /// Text as NVRTC returns it ends in a NUL character.
  private static String text(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private String errorName(int code) {
    MemorySegment text = (MemorySegment) NativeFunctions.call(errorString, code);
    return text.reinterpret(256).getString(0);
  }

  private void check(int code, String call) {
    if (code != 0) {
      throw new DeviceException(call + " of " + path + " failed: " + errorName(code));
    }
  }

  private static NativeFunctions open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new DeviceException(
          path
              + " is not a file; name a libnvrtc.so.12 or libnvrtc.so.13, or leave the option out");
    }
    try {
      if (!isElf(path)) {
        throw new DeviceException("cannot open " + path + " as NVRTC: it is no Linux library");
      }
      // libnvrtc opens its builtins by name; they lie beside it.
      Path folder = path.toRealPath().getParent();
      try (Stream<Path> files = Files.list(folder)) {
        files
            .filter(f -> f.getFileName().toString().startsWith("libnvrtc-builtins.so"))
            .sorted()
            .forEach(f -> SymbolLookup.libraryLookup(f, Arena.global()));
      }
      return new NativeFunctions(SymbolLookup.libraryLookup(path, Arena.global()));
    } catch (IOException | IllegalArgumentException e) {
      throw new DeviceException(
          "cannot open " + path + " as NVRTC: " + NativeLibraries.firstLine(e), e);
    }
  }

  private static boolean isElf(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(4), new byte[] {0x7f, 'E', 'L', 'F'});
    }
  }

  private static Output output(NativeFunctions functions, String what) {
    return new Output(
        what,
        bind(functions, "nvrtcGet" + what + "Size", ADDRESS, ADDRESS),
        bind(functions, "nvrtcGet" + what, ADDRESS, ADDRESS));
  }

  private static MethodHandle bind(
      NativeFunctions functions, String name, MemoryLayout... arguments) {
    return functions.require(name, FunctionDescriptor.of(JAVA_INT, arguments), REMEDY);
  }
}
