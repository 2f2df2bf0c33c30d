package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Shuffle;
import dev.tuckerc.emulator.operations.control.WarpVote;
import dev.tuckerc.emulator.operations.matrix.IntegerMatrixMultiply;
import dev.tuckerc.emulator.operations.matrix.MatrixLoad;
import dev.tuckerc.emulator.operations.matrix.MatrixMultiply;
import dev.tuckerc.emulator.operations.matrix.MatrixTranspose;
import dev.tuckerc.ptx.PtxOperand;
import java.util.ArrayList;
import java.util.List;

/// Decodes instructions in which the lanes of a warp exchange values, matrices included.
final class WarpDecoder {
  private WarpDecoder() {}

  static void shuffle(InstructionContext in) {
    if (!in.has("sync")) {
      throw in.error("shfl without .sync does not exist on the architectures emulated");
    }
    PtxOperand result = in.operand(0);
    int predicate = -1;
    if (result instanceof PtxOperand.Pair pair) {
      predicate = in.target(pair.second()).slot();
      result = pair.first();
    }
    Shuffle.Kind kind =
        in.has("up")
            ? Shuffle.Kind.UP
            : in.has("down")
                ? Shuffle.Kind.DOWN
                : in.has("bfly") ? Shuffle.Kind.BUTTERFLY : Shuffle.Kind.INDEX;
    in.emit(
        new Shuffle(
            kind,
            in.target(result),
            predicate,
            in.source(in.operand(1), int.class),
            in.source(in.operand(2), int.class),
            in.source(in.operand(3), int.class),
            in.source(in.operand(4), int.class)));
  }

  static void vote(InstructionContext in) {
    WarpVote.Kind kind =
        in.has("all")
            ? WarpVote.Kind.ALL
            : in.has("any")
                ? WarpVote.Kind.ANY
                : in.has("uni") ? WarpVote.Kind.UNIFORM : WarpVote.Kind.BALLOT;
    PtxOperand source = in.operand(1);
    in.emit(
        new WarpVote(
            kind,
            "b32",
            in.target(in.operand(0)),
            -1,
            in.predicate(source),
            InstructionContext.negated(source),
            in.source(in.operand(2), int.class)));
  }

  static void activeMask(InstructionContext in) {
    in.emit(
        new WarpVote(
            WarpVote.Kind.ACTIVE_MASK,
            "b32",
            in.target(in.operand(0)),
            -1,
            Value.NONE,
            false,
            Value.NONE));
  }

  static void match(InstructionContext in) {
    PtxOperand result = in.operand(0);
    int predicate = -1;
    if (result instanceof PtxOperand.Pair pair) {
      predicate = in.target(pair.second()).slot();
      result = pair.first();
    }
    in.emit(
        new WarpVote(
            in.has("any") ? WarpVote.Kind.MATCH_ANY : WarpVote.Kind.MATCH_ALL,
            in.lastModifier(),
            in.target(result),
            predicate,
            in.source(in.operand(1), MemoryDecoder.valueType(in.lastModifier())),
            false,
            in.source(in.operand(2), int.class)));
  }

  static void reduce(InstructionContext in) {
    WarpVote.Kind kind =
        in.has("add")
            ? WarpVote.Kind.REDUCE_ADD
            : in.has("min")
                ? WarpVote.Kind.REDUCE_MIN
                : in.has("max")
                    ? WarpVote.Kind.REDUCE_MAX
                    : in.has("and")
                        ? WarpVote.Kind.REDUCE_AND
                        : in.has("or") ? WarpVote.Kind.REDUCE_OR : WarpVote.Kind.REDUCE_XOR;
    if (in.lastModifier().startsWith("f")) {
      throw in.unsupported();
    }
    in.emit(
        new WarpVote(
            kind,
            in.lastModifier(),
            in.target(in.operand(0)),
            -1,
            in.source(in.operand(1), int.class),
            false,
            in.source(in.operand(2), int.class)));
  }

  static void elect(InstructionContext in) {
    if (!(in.operand(0) instanceof PtxOperand.Pair pair)) {
      throw in.error("elect.sync has a register and a predicate as result");
    }
    in.emit(
        new WarpVote(
            WarpVote.Kind.ELECT,
            "b32",
            in.target(pair.first()),
            in.target(pair.second()).slot(),
            Value.NONE,
            false,
            in.source(in.operand(1), int.class)));
  }

  static void matrixLoad(InstructionContext in, boolean store) {
    if (!in.has("m8n8") || !in.lastModifier().equals("b16")) {
      throw in.unsupported();
    }
    int count = in.has("x1") ? 1 : in.has("x2") ? 2 : 4;
    List<Value> registers = registers(in, in.operand(store ? 1 : 0), count);
    in.emit(
        new MatrixLoad(
            MemoryDecoder.addressing(in, in.operand(store ? 0 : 1), in.space(), 16, false),
            registers,
            in.has("trans"),
            store));
  }

  static void transpose(InstructionContext in) {
    if (!in.opcode.equals("movmatrix.sync.aligned.m8n8.trans.b16")) {
      throw in.unsupported();
    }
    in.emit(new MatrixTranspose(in.target(in.operand(0)), in.source(in.operand(1), int.class)));
  }

  static List<Value> registers(InstructionContext in, PtxOperand operand, int count) {
    List<PtxOperand> parts =
        operand instanceof PtxOperand.Tuple tuple ? tuple.elements() : List.of(operand);
    if (parts.size() != count) {
      throw in.error(in.opcode + ": expected " + count + " registers, found " + parts.size());
    }
    List<Value> values = new ArrayList<>();
    for (PtxOperand part : parts) {
      values.add(
          part instanceof PtxOperand.Register
              ? in.target(part)
              : part instanceof PtxOperand.Immediate immediate
                  ? immediate.form() == PtxOperand.Immediate.Form.INTEGER
                      ? in.source(part, int.class)
                      : in.source(part, float.class)
                  : in.target(part));
    }
    return values;
  }

  static void multiply(InstructionContext in) {
    List<String> modifiers = in.modifiers();
    String shape =
        modifiers.stream()
            .filter(m -> m.matches("m\\d+n\\d+k\\d+"))
            .findFirst()
            .orElseThrow(in::unsupported);
    int rows = number(shape, 'm');
    int columns = number(shape, 'n');
    int depth = number(shape, 'k');
    if (columns != 8
        || !in.has("row")
        || !in.has("col")
        || in.opcode.contains(".sp")
        || modifiers.size() < 4) {
      throw in.unsupported();
    }
    if (FragmentDecoder.multiply(in, rows, depth)) {
      return;
    }
    String typeD = modifiers.get(modifiers.size() - 4);
    String typeA = modifiers.get(modifiers.size() - 3);
    String typeB = modifiers.get(modifiers.size() - 2);
    String typeC = modifiers.get(modifiers.size() - 1);
    int packed =
        switch (typeA) {
          case "f16", "bf16" -> 2;
          case "tf32" -> 1;
          case "s8", "u8" -> 4;
          default -> throw in.unsupported();
        };
    if (depth % (4 * packed) != 0 || (rows != 8 && rows != 16) || (rows == 8 && packed != 4)) {
      throw in.unsupported();
    }
    int chunks = depth / (4 * packed);
    List<Value> a = registers(in, in.operand(1), chunks * rows / 8);
    List<Value> b = registers(in, in.operand(2), chunks);
    boolean halfD = typeD.equals("f16");
    boolean halfC = typeC.equals("f16");
    List<Value> d = registers(in, in.operand(0), rows / 8 * (halfD ? 1 : 2));
    List<Value> c = registers(in, in.operand(3), rows / 8 * (halfC ? 1 : 2));
    if (packed == 4) {
      in.emit(
          new IntegerMatrixMultiply(
              rows,
              depth,
              d,
              a,
              b,
              c,
              typeA.equals("s8"),
              typeB.equals("s8"),
              in.has("satfinite")));
      return;
    }
    if (!typeA.equals(typeB)) {
      throw in.unsupported();
    }
    MatrixMultiply.Format format =
        switch (typeA) {
          case "f16" -> MatrixMultiply.Format.F16;
          case "bf16" -> MatrixMultiply.Format.BF16;
          default -> MatrixMultiply.Format.TF32;
        };
    in.emit(new MatrixMultiply(rows, depth, format, d, a, b, c, halfD, halfC));
  }

  private static int number(String shape, char after) {
    int at = shape.indexOf(after) + 1;
    int end = at;
    while (end < shape.length() && Character.isDigit(shape.charAt(end))) {
      end++;
    }
    return Integer.parseInt(shape.substring(at, end));
  }
}
