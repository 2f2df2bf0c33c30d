package dev.tuckerc.emulator.machine;

import java.util.Map;

/// What an instruction is for, by its opcode: the classes that are counted apart.
public enum InstructionClass {
  /// Integer arithmetic, logic and comparisons.
  INTEGER,
  /// Arithmetic and comparisons of 16, 32 and 64-bit floats.
  FLOAT,
  /// Between types.
  CONVERSION,
  /// Copies between registers, constants, address spaces.
  MOVE,
  LOAD,
  STORE,
  ATOMIC,
  /// Asynchronous copies and what waits for them.
  ASYNC_COPY,
  /// Exchanges within a warp.
  WARP,
  /// Matrix instructions and their loads and stores.
  MATRIX,
  /// Barriers and fences.
  SYNCHRONIZATION,
  /// Branches, calls, exits.
  CONTROL,
  OTHER;

  private static final Map<String, InstructionClass> BY_BASE =
      Map.ofEntries(
          Map.entry("cvt", CONVERSION),
          Map.entry("mov", MOVE),
          Map.entry("movmatrix", MATRIX),
          Map.entry("selp", MOVE),
          Map.entry("cvta", MOVE),
          Map.entry("mapa", MOVE),
          Map.entry("prmt", INTEGER),
          Map.entry("ld", LOAD),
          Map.entry("ldu", LOAD),
          Map.entry("st", STORE),
          Map.entry("atom", ATOMIC),
          Map.entry("red", ATOMIC),
          Map.entry("cp", ASYNC_COPY),
          Map.entry("shfl", WARP),
          Map.entry("vote", WARP),
          Map.entry("match", WARP),
          Map.entry("redux", WARP),
          Map.entry("activemask", WARP),
          Map.entry("elect", WARP),
          Map.entry("mma", MATRIX),
          Map.entry("wgmma", MATRIX),
          Map.entry("ldmatrix", MATRIX),
          Map.entry("stmatrix", MATRIX),
          Map.entry("bar", SYNCHRONIZATION),
          Map.entry("barrier", SYNCHRONIZATION),
          Map.entry("mbarrier", SYNCHRONIZATION),
          Map.entry("fence", SYNCHRONIZATION),
          Map.entry("membar", SYNCHRONIZATION),
          Map.entry("griddepcontrol", SYNCHRONIZATION),
          Map.entry("bra", CONTROL),
          Map.entry("brx", CONTROL),
          Map.entry("call", CONTROL),
          Map.entry("ret", CONTROL),
          Map.entry("exit", CONTROL),
          Map.entry("trap", CONTROL),
          Map.entry("brkpt", CONTROL),
          Map.entry("nanosleep", OTHER),
          Map.entry("prefetch", OTHER),
          Map.entry("prefetchu", OTHER),
          Map.entry("discard", OTHER),
          Map.entry("setmaxnreg", OTHER));

  /// The class of an opcode with its modifiers, such as `fma.rn.f32`.
  public static InstructionClass of(String opcode) {
    int dot = opcode.indexOf('.');
    InstructionClass known = BY_BASE.get(dot < 0 ? opcode : opcode.substring(0, dot));
    if (known != null) {
      return known;
    }
    String type = opcode.substring(opcode.lastIndexOf('.') + 1);
    return switch (type) {
      case "f32", "f64", "f16", "f16x2", "bf16", "bf16x2" -> FLOAT;
      default -> INTEGER;
    };
  }
}
