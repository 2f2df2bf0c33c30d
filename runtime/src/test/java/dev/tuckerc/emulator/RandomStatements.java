package dev.tuckerc.emulator;

import java.util.Random;

/// Generates single statements of [RandomPrograms].
///
/// Integers are in `%r10` and following, floats in `%f10`, 64-bit integers in `%rd10`, doubles in
/// `%fd10`, halves in `%h10`, pairs of halves in `%x0`, predicates in `%p10`; all others are
/// scratch or fixed. Bits of floating-point numbers never reach integers, because those of a
/// not-a-number are open.
final class RandomStatements {
  static final int INTS = 10;

  private static final String[] BINARY = {
    "add.s32", "sub.s32", "mul.lo.s32", "and.b32", "or.b32", "xor.b32", "min.s32", "max.u32",
    "min.u32", "max.s32", "shr.u32", "shr.s32", "shl.b32", "div.u32", "div.s32", "rem.s32",
    "rem.u32", "mul.hi.u32", "mul.hi.s32", "mul24.lo.s32", "add.sat.s32", "sub.sat.s32"
  };
  private static final String[] UNARY = {
    "not.b32", "neg.s32", "abs.s32", "popc.b32", "clz.b32", "brev.b32", "cnot.b32", "bfind.u32"
  };
  private static final String[] TERNARY = {
    "mad.lo.s32",
    "mad.hi.u32",
    "sad.s32",
    "bfe.u32",
    "bfe.s32",
    "prmt.b32",
    "shf.l.wrap.b32",
    "shf.r.clamp.b32",
    "mad24.lo.u32",
    "dp4a.s32.s32"
  };
  private static final String[] FLOAT = {
    "add.f32",
    "mul.f32",
    "sub.f32",
    "min.f32",
    "max.f32",
    "add.rz.f32",
    "mul.ftz.f32",
    "add.sat.f32",
    "div.rn.f32"
  };
  private static final String[] LONG = {
    "add.s64",
    "sub.s64",
    "mul.lo.s64",
    "and.b64",
    "or.b64",
    "xor.b64",
    "min.s64",
    "max.u64",
    "mul.hi.u64",
    "div.u64",
    "rem.s64"
  };
  private static final String[] DOUBLE = {"add.f64", "mul.f64", "sub.f64", "min.f64", "max.f64"};
  private static final String[] COMPARE = {"lt.s32", "ge.u32", "eq.s32", "ne.s32", "gt.s32"};
  private static final String[] ATOMIC = {"add.u32", "min.s32", "max.u32", "and.b32", "or.b32"};

  private final Random random;
  private final RandomPrograms.PtxText code;

  RandomStatements(Random random, RandomPrograms.PtxText code) {
    this.random = random;
    this.code = code;
  }

  private String pick(String[] some) {
    return some[random.nextInt(some.length)];
  }

  private String register(String file, int count) {
    return "%" + file + (10 + random.nextInt(count));
  }

  private String integer() {
    return register("r", INTS);
  }

  /// An integer register, or one that holds an index of the thread.
  String someInt() {
    return random.nextBoolean() ? integer() : "%r" + random.nextInt(5);
  }

  private String operand() {
    return switch (random.nextInt(4)) {
      case 0 -> Integer.toString(random.nextInt(40));
      case 1 -> Integer.toString(random.nextInt());
      default -> someInt();
    };
  }

  private String single() {
    return random.nextInt(6) == 0 ? "0f" + "3FA00000" : register("f", 4);
  }

  private String predicate() {
    return (random.nextBoolean() ? "!" : "") + register("p", 4);
  }

  void compare(String into) {
    switch (random.nextInt(8)) {
      case 0 -> code.line("setp.lt.f32 %s, %s, %s;", into, register("f", 4), single());
      case 1 -> code.line("setp.gt.s64 %s, %s, %s;", into, register("rd", 4), register("rd", 4));
      case 2 ->
          code.line(
              "setp.%s.and.s32 %s, %s, %s, %s;",
              random.nextBoolean() ? "ge" : "ne", into, someInt(), operand(), predicate());
      case 3 -> code.line("and.pred %s, %s, %s;", into, register("p", 4), register("p", 4));
      default -> code.line("setp.%s %s, %s, %s;", pick(COMPARE), into, someInt(), operand());
    }
  }

  void statement() {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> integers("");
      case 4 -> {
        compare("%p3");
        integers("@" + (random.nextBoolean() ? "!" : "") + "%p3 ");
      }
      case 5, 6 -> floats();
      case 7 -> longs();
      case 8 -> doubles();
      case 9 -> halves();
      case 10 -> convert();
      case 11 -> compare(register("p", 4));
      case 12 -> globalLoad();
      case 13 -> ownMemory();
      case 14 -> exchange();
      default -> call();
    }
  }

  private void integers(String guard) {
    switch (random.nextInt(8)) {
      case 0 -> code.line("%smov.u32 %s, %s;", guard, integer(), operand());
      case 1 -> code.line("%s%s %s, %s;", guard, pick(UNARY), integer(), someInt());
      case 2 ->
          code.line(
              "%s%s %s, %s, %s, %s;",
              guard, pick(TERNARY), integer(), someInt(), operand(), someInt());
      case 3 ->
          code.line(
              "%sselp.b32 %s, %s, %s, %s;",
              guard, integer(), someInt(), operand(), register("p", 4));
      case 4 ->
          code.line(
              "%slop3.b32 %s, %s, %s, %s, %d;",
              guard, integer(), someInt(), integer(), integer(), random.nextInt(256));
      default ->
          code.line("%s%s %s, %s, %s;", guard, pick(BINARY), integer(), someInt(), operand());
    }
  }

  private void floats() {
    switch (random.nextInt(5)) {
      case 0 ->
          code.line(
              "fma.rn.f32 %s, %s, %s, %s;",
              register("f", 4), register("f", 4), single(), register("f", 4));
      case 1 ->
          code.line(
              "%s %s, %s;",
              pick(new String[] {"neg.f32", "abs.f32", "mov.f32", "sqrt.rn.f32", "rcp.rn.f32"}),
              register("f", 4),
              register("f", 4));
      case 2 ->
          code.line(
              "selp.f32 %s, %s, %s, %s;",
              register("f", 4), register("f", 4), single(), register("p", 4));
      default ->
          code.line("%s %s, %s, %s;", pick(FLOAT), register("f", 4), register("f", 4), single());
    }
  }

  private void longs() {
    switch (random.nextInt(5)) {
      case 0 ->
          code.line(
              "%s %s, %s, %d;",
              pick(new String[] {"shl.b64", "shr.u64", "shr.s64"}),
              register("rd", 4),
              register("rd", 4),
              random.nextInt(70));
      case 1 -> code.line("mul.wide.s32 %s, %s, %s;", register("rd", 4), someInt(), operand());
      case 2 ->
          code.line(
              "mad.wide.u32 %s, %s, %s, %s;",
              register("rd", 4), someInt(), integer(), register("rd", 4));
      default ->
          code.line(
              "%s %s, %s, %s;",
              pick(LONG), register("rd", 4), register("rd", 4), register("rd", 4));
    }
  }

  private void doubles() {
    if (random.nextInt(3) == 0) {
      code.line(
          "fma.rn.f64 %s, %s, %s, %s;",
          register("fd", 4), register("fd", 4), register("fd", 4), register("fd", 4));
    } else {
      code.line(
          "%s %s, %s, %s;", pick(DOUBLE), register("fd", 4), register("fd", 4), register("fd", 4));
    }
  }

  private String pair() {
    return "%x" + random.nextInt(4);
  }

  private void halves() {
    switch (random.nextInt(4)) {
      case 0 -> code.line("fma.rn.f16x2 %s, %s, %s, %s;", pair(), pair(), pair(), pair());
      case 1 ->
          code.line(
              "%s %s, %s, %s;",
              pick(new String[] {"add.f16x2", "mul.f16x2", "min.f16x2"}), pair(), pair(), pair());
      case 2 ->
          code.line(
              "fma.rn.f16 %s, %s, %s, %s;",
              register("h", 4), register("h", 4), register("h", 4), register("h", 4));
      default ->
          code.line(
              "%s %s, %s, %s;",
              pick(new String[] {"add.f16", "mul.f16", "sub.f16"}),
              register("h", 4),
              register("h", 4),
              register("h", 4));
    }
  }

  private void convert() {
    switch (random.nextInt(9)) {
      case 0 -> code.line("cvt.rzi.s32.f32 %s, %s;", integer(), register("f", 4));
      case 1 -> code.line("cvt.rn.f32.u32 %s, %s;", register("f", 4), someInt());
      case 2 -> code.line("cvt.s64.s32 %s, %s;", register("rd", 4), someInt());
      case 3 -> code.line("cvt.u32.u64 %s, %s;", integer(), register("rd", 4));
      case 4 -> code.line("cvt.rn.f32.f64 %s, %s;", register("f", 4), register("fd", 4));
      case 5 -> code.line("cvt.f64.f32 %s, %s;", register("fd", 4), register("f", 4));
      case 6 -> code.line("cvt.rn.f16.f32 %s, %s;", register("h", 4), register("f", 4));
      case 7 -> code.line("cvt.f32.f16 %s, %s;", register("f", 4), register("h", 4));
      default ->
          code.line(
              "cvt.%s %s, %s;",
              pick(new String[] {"s32.s8", "u32.u16", "sat.u8.s32"}), integer(), someInt());
    }
  }

  private void globalLoad() {
    code.line("and.b32 %%r6, %s, 15;\nmul.wide.u32 %%rd7, %%r6, 16;", someInt());
    code.line("add.s64 %%rd8, %%rd2, %%rd7;");
    switch (random.nextInt(6)) {
      case 0 -> code.line("ld.global.nc.v4.u32 {%s, %%r7, %%r8, %s}, [%%rd8];", "%r10", "%r11");
      case 1 -> code.line("ld.global.v2.u64 {%s, %s}, [%%rd8];", "%rd10", "%rd11");
      case 2 -> code.line("ld.global.s16 %s, [%%rd8+%d];", integer(), 2 * random.nextInt(8));
      case 3 -> code.line("ld.global.u8 %s, [%%rd8+%d];", integer(), random.nextInt(16));
      case 4 -> code.line("@%s ld.global.u32 %s, [%%rd8+4];", predicate(), integer());
      default -> code.line("ld.global.u32 %s, [%%rd8+%d];", integer(), 4 * random.nextInt(4));
    }
  }

  /// Stores to and loads from memory that only this thread uses.
  private void ownMemory() {
    boolean local = random.nextBoolean();
    String space = local ? "local" : "shared";
    code.line("and.b32 %%r6, %s, 48;", someInt());
    String address;
    if (local) {
      code.line("cvt.u64.u32 %%rd7, %%r6;\nadd.s64 %%rd8, %%rd4, %%rd7;");
      address = "%rd8";
    } else {
      code.line("add.u32 %%r7, %%r41, %%r6;");
      address = "%r7";
    }
    String guard = random.nextInt(4) == 0 ? "@" + predicate() + " " : "";
    switch (random.nextInt(5)) {
      case 0 ->
          code.line("%sst.%s.v4.b32 [%s], {%%r10, %%r12, %%r14, %%r16};", guard, space, address);
      case 1 -> code.line("%sst.%s.u16 [%s+6], %s;", guard, space, address, integer());
      case 2 -> code.line("%sst.%s.u8 [%s+3], %s;", guard, space, address, integer());
      case 3 -> code.line("%sst.%s.b64 [%s+8], %s;", guard, space, address, register("rd", 4));
      default -> code.line("%sst.%s.u32 [%s+4], %s;", guard, space, address, integer());
    }
    switch (random.nextInt(3)) {
      case 0 -> code.line("ld.%s.v2.u32 {%%r18, %%r19}, [%s];", space, address);
      case 1 -> code.line("ld.%s.u64 %s, [%s];", space, register("rd", 4), address);
      default -> code.line("ld.%s.u32 %s, [%s+8];", space, integer(), address);
    }
  }

  private void exchange() {
    switch (random.nextInt(5)) {
      case 0 -> {
        code.line("activemask.b32 %%r7;");
        code.line("redux.sync.add.s32 %s, %s, %%r7;", integer(), someInt());
      }
      case 1 -> {
        compare("%p1");
        code.line("activemask.b32 %%r7;\nvote.sync.ballot.b32 %s, %%p1, %%r7;", integer());
      }
      case 2 -> {
        // A register of an inactive lane is undefined, so it is replaced.
        code.line("activemask.b32 %%r7;\nand.b32 %%r6, %s, 31;", someInt());
        code.line("shfl.sync.idx.b32 %%r8, %s, %%r6, 31, %%r7;", someInt());
        code.line("shr.u32 %%r9, %%r7, %%r6;\nand.b32 %%r9, %%r9, 1;\nsetp.ne.u32 %%p1, %%r9, 0;");
        code.line("selp.b32 %s, %%r8, 7, %%p1;", integer());
      }
      case 3 -> {
        int sum = random.nextInt(ATOMIC.length);
        code.line("red.global.%s [%%rd1+%d], %s;", ATOMIC[sum], 4 * sum, someInt());
      }
      default -> {
        int sum = random.nextInt(ATOMIC.length);
        code.line("mov.u32 %%r6, shared;");
        code.line("red.shared.%s [%%r6+%d], %s;", ATOMIC[sum], 4 * sum, someInt());
      }
    }
  }

  private void call() {
    code.line("{\n.param .b32 a;\n.param .b32 b;\n.param .b32 c;");
    code.line("st.param.b32 [a], %s;\nst.param.b32 [b], %s;", someInt(), integer());
    code.line("call.uni (c), mix, (a, b);\nld.param.b32 %s, [c];\n}", integer());
  }

  /// All threads read what another one has written.
  void exchangeThroughSharedMemory() {
    code.line("bar.sync 0;\nxor.b32 %%r6, %%r40, 1;\nrem.u32 %%r6, %%r6, %%r43;");
    code.line("mov.u32 %%r7, shared;\nmad.lo.u32 %%r7, %%r6, 64, %%r7;");
    code.line("ld.shared.u32 %s, [%%r7+%d];", integer(), 64 + 4 * random.nextInt(16));
    code.line("ld.shared.u32 %s, [%%r41+-64];", "%r9");
    code.line(
        "mov.u32 %%r7, shared;\nld.shared.u32 %s, [%%r7+%d];", integer(), 4 * random.nextInt(5));
    code.line("bar.sync 0;");
  }

  /// Some threads do what they may not.
  void fault() {
    code.line("setp.gt.u32 %%p3, %s, %d;", someInt(), random.nextInt(70));
    switch (random.nextInt(5)) {
      case 0 -> code.line("@%%p3 ld.global.u32 %%r10, [%%rd2+%d];", 256 + 4 * random.nextInt(9));
      case 1 -> code.line("@%%p3 st.global.u32 [%%rd2+%d], %%r10;", 4 * random.nextInt(9) + 2);
      case 2 -> code.line("@%%p3 ld.shared.v2.u32 {%%r10, %%r11}, [%%r41+%d];", 9000);
      case 3 -> code.line("@%%p3 trap;");
      default -> code.line("@%%p3 st.local.u64 [%%rd4+%d], %%rd10;", 60);
    }
  }
}
