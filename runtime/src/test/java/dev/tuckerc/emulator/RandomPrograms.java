package dev.tuckerc.emulator;

import java.util.Random;

/// Generates PTX modules of one kernel and one function: nested branches and loops, uniform and
/// divergent, around statements of all register types. Every program is defined by its seed, ends,
/// and has no race, so that all ways to run it must give the same bits.
final class RandomPrograms {
  static final int THREAD_BYTES = 256;

  private final Random random;
  private final RandomStatements statements;
  private final PtxText code = new PtxText();
  private final boolean faulty;
  private int labels;
  private int counters;
  private int until;

  private RandomPrograms(long seed) {
    random = new Random(seed);
    statements = new RandomStatements(random, code);
    faulty = seed % 10 == 9;
    until = faulty ? 1 + random.nextInt(20) : Integer.MAX_VALUE;
  }

  /// A module with the kernel `test(out, in)`. `in` holds 64 words; `out` 64 words of sums, then
  /// [#THREAD_BYTES] for each thread. Of seeds that end in 9, some thread mostly fails.
  static String module(long seed) {
    RandomPrograms program = new RandomPrograms(seed);
    program.function();
    program.prologue();
    program.statements(3, 9);
    program.epilogue();
    return program.code.toString();
  }

  private void function() {
    code.line(".version 8.8\n.target sm_90a\n.address_size 64");
    code.line(".func (.param .b32 result) mix(.param .b32 a, .param .b32 b)\n{");
    code.line(".reg .pred %%p<4>;\n.reg .b32 %%r<8>;");
    code.line("ld.param.u32 %%r1, [a];\nld.param.u32 %%r2, [b];");
    code.line("mad.lo.s32 %%r3, %%r1, %d, %%r2;", random.nextInt());
    code.line("setp.lt.s32 %%p1, %%r3, %d;\n@%%p1 bra LOW;", random.nextInt());
    code.line("xor.b32 %%r3, %%r3, %%r2;\nshr.u32 %%r3, %%r3, %d;", random.nextInt(32));
    code.line("LOW:\nadd.s32 %%r4, %%r3, %%r1;\nst.param.b32 [result], %%r4;\nret;\n}");
  }

  private void prologue() {
    code.line(".visible .entry test(.param .u64 out, .param .u64 in)\n{");
    code.line(".reg .pred %%p<16>;\n.reg .b16 %%h<16>;\n.reg .b32 %%r<64>;\n.reg .b32 %%c<64>;");
    code.line(".reg .b32 %%x<8>;\n.reg .f32 %%f<32>;\n.reg .b64 %%rd<32>;\n.reg .f64 %%fd<16>;");
    code.line(".shared .align 16 .b8 shared[8256];\n.local .align 16 .b8 local[64];");
    code.line("ld.param.u64 %%rd1, [out];\nld.param.u64 %%rd2, [in];");
    code.line("mov.u32 %%r0, %%tid.x;\nmov.u32 %%r1, %%ctaid.x;\nshr.u32 %%r2, %%r0, 5;");
    code.line("mov.u32 %%r3, %%ntid.x;\nmov.u32 %%r4, %%tid.y;");
    // %r40: thread of the block, %r41: its 64 bytes of shared memory, %rd3: its part of the output.
    code.line("mad.lo.u32 %%r40, %%r4, %%r3, %%r0;\nshl.b32 %%r42, %%r40, 6;");
    code.line("mov.u32 %%r41, shared;\nadd.u32 %%r41, %%r41, %%r42;\nadd.u32 %%r41, %%r41, 64;");
    code.line("mov.u32 %%r43, %%ntid.y;\nmul.lo.u32 %%r43, %%r43, %%r3;");
    code.line(
        "mad.lo.u32 %%r44, %%r1, %%r43, %%r40;\nmul.wide.u32 %%rd3, %%r44, %d;", THREAD_BYTES);
    code.line("add.s64 %%rd3, %%rd3, %%rd1;\nadd.s64 %%rd3, %%rd3, 256;");
    code.line("mov.u64 %%rd4, local;");
    for (int r = 0; r < RandomStatements.INTS; r++) {
      if (r < 5) {
        code.line("mul.lo.u32 %%r%d, %%r%d, %d;", 10 + r, r, random.nextInt(1000));
      } else if (r < 8) {
        code.line("mov.u32 %%r%d, %d;", 10 + r, random.nextInt());
      } else {
        code.line("ld.global.u32 %%r%d, [%%rd2+%d];", 10 + r, 4 * random.nextInt(64));
      }
    }
    for (int k = 0; k < 4; k++) {
      code.line("cvt.rn.f32.s32 %%f%d, %%r%d;", 10 + k, 10 + random.nextInt(10));
      code.line("cvt.s64.s32 %%rd%d, %%r%d;", 10 + k, 10 + random.nextInt(10));
      code.line("cvt.rn.f64.s32 %%fd%d, %%r%d;", 10 + k, 10 + random.nextInt(10));
      code.line("cvt.rn.f16.s32 %%h%d, %%r%d;", 10 + k, random.nextInt(5));
      code.line("mov.b32 %%x%d, {%%h%d, %%h%d};", k, 10 + k, 10 + random.nextInt(k + 1));
      code.line("setp.lt.u32 %%p%d, %%r%d, %%r%d;", 10 + k, 10 + random.nextInt(10), 10 + k);
      code.line("st.shared.v4.b32 [%%r41+%d], {%%r10, %%r11, %%r12, %%r13};", 16 * k);
    }
  }

  /// Not-a-numbers have bits that PTX leaves open; they are written as one.
  private void epilogue() {
    int at = 0;
    for (int r = 0; r < RandomStatements.INTS; r++, at += 4) {
      code.line("st.global.u32 [%%rd3+%d], %%r%d;", at, 10 + r);
    }
    for (int k = 0; k < 4; k++, at += 24) {
      code.line("setp.nan.f32 %%p1, %%f%1$d, %%f%1$d;", 10 + k);
      code.line("selp.f32 %%f1, 0f7FC00000, %%f%d, %%p1;", 10 + k);
      code.line("st.global.f32 [%%rd3+%d], %%f1;", at);
      code.line("cvt.f32.f16 %%f2, %%h%d;\nsetp.nan.f32 %%p1, %%f2, %%f2;", 10 + k);
      code.line("selp.f32 %%f2, 0f7FC00000, %%f2, %%p1;\nst.global.f32 [%%rd3+%d], %%f2;", at + 4);
      code.line("setp.nan.f64 %%p1, %%fd%1$d, %%fd%1$d;", 10 + k);
      code.line("selp.f64 %%fd1, 0d7FF8000000000000, %%fd%d, %%p1;", 10 + k);
      code.line("st.global.f64 [%%rd3+%d], %%fd1;", at + 8);
      code.line("st.global.u64 [%%rd3+%d], %%rd%d;", at + 16, 10 + k);
    }
    for (int k = 0; k < 4; k++, at += 12) {
      code.line("mov.b32 {%%h1, %%h2}, %%x%d;", k);
      for (int half = 1; half <= 2; half++) {
        code.line("cvt.f32.f16 %%f2, %%h%d;\nsetp.nan.f32 %%p1, %%f2, %%f2;", half);
        code.line("selp.f32 %%f2, 0f7FC00000, %%f2, %%p1;");
        code.line("st.global.f32 [%%rd3+%d], %%f2;", at + 4 * half - 4);
      }
      code.line("selp.u32 %%r5, 1, 0, %%p%d;\nst.global.u32 [%%rd3+%d], %%r5;", 10 + k, at + 8);
    }
    code.line("ret;\n}");
  }

  private void statements(int depth, int count) {
    for (int s = 0; s < count; s++) {
      if (--until == 0) {
        statements.fault();
      }
      int kind = random.nextInt(depth > 0 ? 20 : 14);
      if (depth == 3 && random.nextInt(6) == 0) {
        statements.exchangeThroughSharedMemory();
      } else if (kind < 14) {
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
          statements.statement();
        }
      } else if (kind < 17) {
        branch(depth);
      } else if (kind == 17) {
        loop(depth);
      } else if (kind == 18) {
        choice(depth);
      } else {
        leave();
      }
    }
  }

  private void branch(int depth) {
    int label = labels++;
    statements.compare("%p1");
    code.line("@%s%%p1 bra ELSE%d;", random.nextBoolean() ? "!" : "", label);
    statements(depth - 1, 1 + random.nextInt(4));
    code.line("bra.uni END%d;\nELSE%d:", label, label);
    if (random.nextBoolean()) {
      statements(depth - 1, 1 + random.nextInt(4));
    }
    code.line("END%d:", label);
  }

  private void loop(int depth) {
    int label = labels++;
    int counter = counters++ % 64;
    code.line("and.b32 %%c%d, %s, 7;", counter, statements.someInt());
    code.line("LOOP%d:", label);
    statements(Math.min(1, depth - 1), 1 + random.nextInt(4));
    if (random.nextInt(3) == 0) {
      statements.compare("%p1");
      code.line("@%%p1 bra OUT%d;", label);
    }
    code.line("add.s32 %%c%d, %%c%d, -1;\nsetp.gt.s32 %%p2, %%c%d, 0;", counter, counter, counter);
    code.line("@%%p2 bra LOOP%d;\nOUT%d:", label, label);
  }

  private void choice(int depth) {
    int label = labels++;
    code.line("and.b32 %%r5, %s, 3;\nmin.u32 %%r5, %%r5, 2;", statements.someInt());
    code.line("T%d: .branchtargets A%d, B%d, C%d;", label, label, label, label);
    code.line("brx.idx %%r5, T%d;", label);
    for (String side : new String[] {"A", "B", "C"}) {
      code.line("%s%d:", side, label);
      statements(depth - 1, 1 + random.nextInt(2));
      code.line("bra.uni END%d;", label);
    }
    code.line("END%d:", label);
  }

  private void leave() {
    if (random.nextInt(4) == 0) {
      statements.compare("%p1");
      code.line("@%%p1 %s;", random.nextBoolean() ? "ret" : "exit");
    }
  }

  /// Lines of PTX.
  static final class PtxText {
    private final StringBuilder text = new StringBuilder();

    void line(String format, Object... arguments) {
      text.append(format.formatted(arguments)).append('\n');
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
