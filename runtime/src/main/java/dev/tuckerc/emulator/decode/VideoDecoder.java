package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.isa.VideoMath;
import dev.tuckerc.emulator.isa.VideoMath.Function;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decodes the SIMD video instructions, without element masks and selectors.
final class VideoDecoder {
  private static final Map<String, Function> FUNCTIONS =
      Map.of(
          "vadd", Function.ADD,
          "vsub", Function.SUBTRACT,
          "vavrg", Function.AVERAGE,
          "vabsdiff", Function.ABSOLUTE_DIFFERENCE,
          "vmin", Function.MINIMUM,
          "vmax", Function.MAXIMUM);
  private static final Set<String> TYPES = Set.of("u32", "s32");

  private VideoDecoder() {}

  /// Decodes the instruction if it is one of these.
  static boolean decode(InstructionContext in) {
    String base = in.instruction.base();
    char elements = base.charAt(base.length() - 1);
    Function function = FUNCTIONS.get(base.substring(0, base.length() - 1));
    if (function == null || (elements != '2' && elements != '4')) {
      return false;
    }
    List<String> modifiers = in.modifiers();
    boolean plain =
        modifiers.size() >= 3
            && TYPES.containsAll(modifiers.subList(0, 3))
            && modifiers.subList(3, modifiers.size()).stream()
                .allMatch(m -> m.equals("sat") || m.equals("add"));
    if (!plain || in.operands.size() != 4) {
      throw in.unsupported();
    }
    int form =
        VideoMath.form(
            function,
            elements == '4',
            modifiers.get(0).equals("s32"),
            modifiers.get(1).equals("s32"),
            modifiers.get(2).equals("s32"),
            in.has("sat"),
            in.has("add"));
    in.lanes(
        in.target(in.operand(0)),
        "video",
        in.source(in.operand(1), int.class),
        in.source(in.operand(2), int.class),
        in.source(in.operand(3), int.class),
        in.registers().intConstant(form));
    return true;
  }
}
