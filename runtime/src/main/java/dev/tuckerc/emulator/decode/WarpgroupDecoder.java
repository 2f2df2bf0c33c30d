package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.matrix.WarpgroupControl;
import dev.tuckerc.emulator.operations.matrix.WarpgroupFormat;
import dev.tuckerc.emulator.operations.matrix.WarpgroupMultiply;
import dev.tuckerc.emulator.operations.matrix.WarpgroupOperand;
import dev.tuckerc.ptx.PtxOperand;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Decodes `wgmma`.
final class WarpgroupDecoder {
  private static final Pattern SHAPE = Pattern.compile("m64n(\\d+)k(\\d+)");
  private static final Set<String> TYPES =
      Set.of("f32", "f16", "s32", "bf16", "tf32", "e4m3", "e5m2", "s8", "u8", "b1");

  private WarpgroupDecoder() {}

  static void decode(InstructionContext in) {
    switch (in.modifiers().getFirst()) {
      case "fence" -> in.emit(new WarpgroupControl(WarpgroupControl.Kind.FENCE, 0));
      case "commit_group" -> in.emit(new WarpgroupControl(WarpgroupControl.Kind.COMMIT, 0));
      case "wait_group" -> {
        if (!(in.operand(0) instanceof PtxOperand.Immediate pending) || pending.bits() < 0) {
          throw in.error(in.opcode + " takes a constant");
        }
        in.emit(new WarpgroupControl(WarpgroupControl.Kind.WAIT, (int) pending.bits()));
      }
      case "mma_async" -> multiply(in);
      default -> throw in.unsupported();
    }
  }

  private static void multiply(InstructionContext in) {
    Matcher shape =
        in.modifiers().stream()
            .map(SHAPE::matcher)
            .filter(Matcher::matches)
            .findFirst()
            .orElseThrow(in::unsupported);
    List<String> types = in.modifiers().stream().filter(TYPES::contains).toList();
    if (in.has("sp") || types.size() != 3) {
      throw in.unsupported();
    }
    int columns = Integer.parseInt(shape.group(1));
    WarpgroupFormat formatA = format(in, types.get(1));
    WarpgroupFormat formatB = format(in, types.get(2));
    check(in, types, formatA, formatB, columns, Integer.parseInt(shape.group(2)));
    boolean half = types.getFirst().equals("f16");
    List<Value> d = registers(in, in.operand(0), columns / (half ? 4 : 2));
    boolean inRegisters = in.operand(1) instanceof PtxOperand.Tuple;
    boolean halves = formatA == WarpgroupFormat.F16 || formatA == WarpgroupFormat.BF16;
    int constants = formatA.integer ? 0 : halves ? inRegisters ? 3 : 4 : 2;
    if (in.operands.size() != 4 + constants) {
      throw in.error(in.opcode + " takes " + (4 + constants) + " operands");
    }
    boolean negateA = constants > 0 && constant(in, 4, -1, 1) < 0;
    boolean negateB = constants > 0 && constant(in, 5, -1, 1) < 0;
    boolean acrossA = constants == 4 && constant(in, 6, 0, 1) == 1;
    boolean acrossB = constants > 2 && constant(in, constants + 3, 0, 1) == 1;
    in.emit(
        new WarpgroupMultiply(
            new WarpgroupMultiply.Form(
                columns, formatA, formatB, half, negateA, negateB, in.has("satfinite")),
            d,
            inRegisters ? registers(in, in.operand(1), 4) : List.of(),
            inRegisters ? null : matrix(in, in.operand(1), acrossA),
            matrix(in, in.operand(2), acrossB),
            in.predicate(in.operand(3)),
            InstructionContext.negated(in.operand(3))));
  }

  private static WarpgroupFormat format(InstructionContext in, String type) {
    return switch (type) {
      case "f32", "s32" -> throw in.unsupported();
      default -> WarpgroupFormat.of(type);
    };
  }

  private static void check(
      InstructionContext in,
      List<String> types,
      WarpgroupFormat formatA,
      WarpgroupFormat formatB,
      int columns,
      int depth) {
    boolean mixed =
        switch (formatA) {
          case F16, BF16, TF32, B1 -> formatA == formatB;
          case E4M3, E5M2 -> formatB == WarpgroupFormat.E4M3 || formatB == WarpgroupFormat.E5M2;
          case S8, U8 -> formatB == WarpgroupFormat.S8 || formatB == WarpgroupFormat.U8;
        };
    boolean result =
        switch (types.getFirst()) {
          case "s32" -> formatA.integer;
          case "f32" -> !formatA.integer;
          case "f16" ->
              formatA == WarpgroupFormat.F16
                  || formatA == WarpgroupFormat.E4M3
                  || formatA == WarpgroupFormat.E5M2;
          default -> false;
        };
    boolean width =
        columns >= 8
            && columns <= 256
            && columns % 8 == 0
            && (!formatA.integer || columns <= 32 || columns % 16 == 0);
    if (!mixed || !result || !width || depth != formatA.depth()) {
      throw in.unsupported();
    }
  }

  private static long constant(InstructionContext in, int index, long first, long second) {
    if (in.operand(index) instanceof PtxOperand.Immediate immediate
        && (immediate.bits() == first || immediate.bits() == second)) {
      return immediate.bits();
    }
    throw in.error(in.opcode + ": operand " + index + " must be " + first + " or " + second);
  }

  private static WarpgroupOperand matrix(
      InstructionContext in, @Nullable PtxOperand operand, boolean acrossDepth) {
    if (operand == null) {
      throw in.unsupported();
    }
    Value descriptor = in.source(operand, long.class);
    if (descriptor.home() != Home.LONG) {
      throw in.error(in.opcode + ": a matrix descriptor must be a 64-bit register");
    }
    return new WarpgroupOperand(descriptor, acrossDepth);
  }

  private static List<Value> registers(InstructionContext in, PtxOperand operand, int count) {
    if (!(operand instanceof PtxOperand.Tuple tuple) || tuple.elements().size() != count) {
      throw in.error(in.opcode + ": expected " + count + " registers");
    }
    List<Value> values = new ArrayList<>();
    for (PtxOperand part : tuple.elements()) {
      if (!(part instanceof PtxOperand.Register)) {
        throw in.error(in.opcode + ": accumulators and fragments must be registers");
      }
      values.add(in.target(part));
    }
    return values;
  }
}
