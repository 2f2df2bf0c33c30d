package dev.tuckerc.emulator;

import java.util.Random;

/// Generates small PTX kernels with nested branches and loops, uniform and divergent.
final class RandomPrograms {
  private static final int REGISTERS = 10;
  private static final String[] BINARY = {
    "add.s32",
    "sub.s32",
    "mul.lo.s32",
    "and.b32",
    "or.b32",
    "xor.b32",
    "min.s32",
    "max.u32",
    "shr.u32",
    "shl.b32",
    "div.u32",
    "rem.s32",
    "mul.hi.u32"
  };
  private static final String[] FLOAT = {"add.f32", "mul.f32", "sub.f32", "min.f32", "max.f32"};
  private static final String[] COMPARE = {"lt.s32", "ge.u32", "eq.s32", "ne.s32", "gt.s32"};

  private final Random random;
  private final StringBuilder code = new StringBuilder();
  private int labels;
  private int counters;

  private RandomPrograms(long seed) {
    random = new Random(seed);
  }

  /// The body of a kernel that stores its registers to `out[thread]`, for [Kernels#wrap].
  static String body(long seed) {
    RandomPrograms program = new RandomPrograms(seed);
    program.prologue();
    program.statements(3, 8);
    program.epilogue();
    return program.code.toString();
  }

  private void line(String format, Object... arguments) {
    code.append(format.formatted(arguments)).append('\n');
  }

  private int register() {
    return 10 + random.nextInt(REGISTERS);
  }

  private void prologue() {
    line(".reg .b32 %%c<64>;");
    line("mov.u32 %%r1, %%ctaid.x;");
    line("shr.u32 %%r2, %%r0, 5;");
    line("mov.u32 %%r3, %%ntid.x;");
    line("mov.u32 %%r4, %%tid.y;");
    for (int r = 0; r < REGISTERS; r++) {
      if (r < 4) {
        line("mul.lo.u32 %%r%d, %%r%d, %d;", 10 + r, r, random.nextInt(1000));
      } else if (r < 7) {
        line("mov.u32 %%r%d, %d;", 10 + r, random.nextInt());
      } else {
        line("ld.global.u32 %%r%d, [%%rd2+%d];", 10 + r, 4 * random.nextInt(64));
      }
    }
    for (int f = 10; f < 14; f++) {
      line("cvt.rn.f32.s32 %%f%d, %%r%d;", f, register());
    }
  }

  private void epilogue() {
    line("mad.lo.u32 %%r5, %%r1, %%r3, %%r0;");
    line("mul.wide.u32 %%rd5, %%r5, %d;", 4 * (REGISTERS + 4));
    line("add.s64 %%rd6, %%rd1, %%rd5;");
    for (int r = 0; r < REGISTERS; r++) {
      line("st.global.u32 [%%rd6+%d], %%r%d;", 4 * r, 10 + r);
    }
    for (int f = 0; f < 4; f++) {
      line("st.global.f32 [%%rd6+%d], %%f%d;", 4 * (REGISTERS + f), 10 + f);
    }
  }

  private void statements(int depth, int count) {
    for (int s = 0; s < count; s++) {
      int kind = random.nextInt(depth > 0 ? 14 : 9);
      if (kind < 5) {
        arithmetic();
      } else if (kind < 7) {
        load();
      } else if (kind == 7) {
        guarded();
      } else if (kind == 8) {
        exchange();
      } else if (kind < 12) {
        branch(depth);
      } else if (kind == 12) {
        loop(depth);
      } else {
        leave();
      }
    }
  }

  private void arithmetic() {
    switch (random.nextInt(4)) {
      case 0 -> {
        int d = 10 + random.nextInt(4);
        line(
            "%s %%f%d, %%f%d, %%f%d;",
            FLOAT[random.nextInt(FLOAT.length)], d, 10 + random.nextInt(4), 10 + random.nextInt(4));
      }
      case 1 -> line("mov.u32 %%r%d, %%r%d;", register(), random.nextInt(5));
      default -> {
        String right =
            random.nextBoolean() ? "%r" + register() : Integer.toString(random.nextInt(40));
        line(
            "%s %%r%d, %%r%d, %s;",
            BINARY[random.nextInt(BINARY.length)], register(), register(), right);
      }
    }
  }

  private void load() {
    line("and.b32 %%r6, %%r%d, 63;", register());
    line("mul.wide.u32 %%rd7, %%r6, 4;");
    line("add.s64 %%rd8, %%rd2, %%rd7;");
    line("ld.global.u32 %%r%d, [%%rd8];", register());
  }

  private void compare() {
    line(
        "setp.%s %%p1, %%r%d, %%r%d;",
        COMPARE[random.nextInt(COMPARE.length)],
        random.nextBoolean() ? register() : random.nextInt(5),
        register());
  }

  private void guarded() {
    compare();
    line(
        "@%s%%p1 add.s32 %%r%d, %%r%d, 3;",
        random.nextBoolean() ? "!" : "", register(), register());
  }

  private void exchange() {
    line("activemask.b32 %%r7;");
    // Reading an inactive lane is undefined, so only results that all active lanes make are used.
    if (random.nextBoolean()) {
      line("redux.sync.add.s32 %%r%d, %%r%d, %%r7;", register(), register());
    } else {
      compare();
      line("vote.sync.ballot.b32 %%r%d, %%p1, %%r7;", register());
    }
  }

  private void branch(int depth) {
    int label = labels++;
    compare();
    line("@%%p1 bra ELSE%d;", label);
    statements(depth - 1, 1 + random.nextInt(4));
    line("bra.uni END%d;", label);
    line("ELSE%d:", label);
    if (random.nextBoolean()) {
      statements(depth - 1, 1 + random.nextInt(4));
    }
    line("END%d:", label);
  }

  private void loop(int depth) {
    int label = labels++;
    int counter = counters++ % 64;
    line(
        "and.b32 %%c%d, %%r%d, 7;", counter, random.nextBoolean() ? register() : random.nextInt(5));
    line("LOOP%d:", label);
    statements(Math.min(1, depth - 1), 1 + random.nextInt(4));
    if (random.nextInt(3) == 0) {
      compare();
      line("@%%p1 bra OUT%d;", label);
    }
    line("add.s32 %%c%d, %%c%d, -1;", counter, counter);
    line("setp.gt.s32 %%p2, %%c%d, 0;", counter);
    line("@%%p2 bra LOOP%d;", label);
    line("OUT%d:", label);
  }

  private void leave() {
    if (random.nextInt(3) == 0) {
      compare();
      line("@%%p1 ret;");
    }
  }
}
