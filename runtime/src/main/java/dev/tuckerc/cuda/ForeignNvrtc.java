package dev.tuckerc.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// An NVRTC library (`libnvrtc.so.12` or `.13`) that is already on the machine, opened by path.
final class ForeignNvrtc implements NvrtcLibrary {
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

  ForeignNvrtc(Path path) {
    this.path = path;
    SymbolLookup symbols = open(path);
    this.createProgram =
        bind(symbols, "nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
    this.compileProgram = bind(symbols, "nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
    this.destroyProgram = bind(symbols, "nvrtcDestroyProgram", ADDRESS);
    this.errorString =
        Linker.nativeLinker()
            .downcallHandle(
                symbol(symbols, "nvrtcGetErrorString"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
    this.log = output(symbols, "ProgramLog");
    this.ptx = output(symbols, "PTX");
    this.cubin = output(symbols, "CUBIN");
    MethodHandle versionCall = bind(symbols, "nvrtcVersion", ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(JAVA_INT, 2);
      check((int) invoke(versionCall, numbers, numbers.asSlice(4)), "nvrtcVersion");
      this.version =
          "%d.%d (%s)"
              .formatted(
                  numbers.getAtIndex(JAVA_INT, 0),
                  numbers.getAtIndex(JAVA_INT, 1),
                  path.toRealPath().getFileName() + "-" + Files.size(path));
    } catch (IOException e) {
      throw new DeviceException("cannot read " + path + ": " + e, e);
    }
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Outcome compile(String name, String source, List<String> options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      check(
          (int)
              invoke(
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
        int code = (int) invoke(compileProgram, program, options.size(), texts);
        String logText = text(read(log, program, arena));
        if (code != 0) {
          return new Outcome(errorName(code), logText, "", new byte[0]);
        }
        return new Outcome(
            "", logText, text(read(ptx, program, arena)), read(cubin, program, arena));
      } finally {
        check((int) invoke(destroyProgram, handle), "nvrtcDestroyProgram");
      }
    }
  }

  private byte[] read(Output output, MemorySegment program, Arena arena) {
    MemorySegment size = arena.allocate(JAVA_LONG);
    check((int) invoke(output.size(), program, size), "nvrtcGet" + output.what() + "Size");
    MemorySegment bytes = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
    check((int) invoke(output.read(), program, bytes), "nvrtcGet" + output.what());
    return bytes.asSlice(0, size.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
  }

  private static String text(byte[] bytes) {
    return NvrtcLibrary.withoutNul(new String(bytes, StandardCharsets.UTF_8));
  }

  private String errorName(int code) {
    MemorySegment text = (MemorySegment) invoke(errorString, code);
    return text.reinterpret(256).getString(0);
  }

  private void check(int code, String call) {
    if (code != 0) {
      throw new DeviceException(call + " of " + path + " failed: " + errorName(code));
    }
  }

  private static SymbolLookup open(Path path) {
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
      return SymbolLookup.libraryLookup(path, Arena.global());
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

  private static Output output(SymbolLookup symbols, String what) {
    return new Output(
        what,
        bind(symbols, "nvrtcGet" + what + "Size", ADDRESS, ADDRESS),
        bind(symbols, "nvrtcGet" + what, ADDRESS, ADDRESS));
  }

  private static MethodHandle bind(SymbolLookup symbols, String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(symbol(symbols, name), FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private static MemorySegment symbol(SymbolLookup symbols, String name) {
    return symbols
        .find(name)
        .orElseThrow(() -> new DeviceException("the NVRTC library has no function " + name));
  }

  private static Object invoke(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new DeviceException("a native call failed: " + e, e);
    }
  }
}
