package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneFunction;
import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.translate.ScalarCode;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Generates the classes that run a scalar function over the lanes of a warp.
///
/// One hidden class is made for each [LaneFunction]; all kernels share it, so it is compiled by the
/// JIT once. Its `run` is a plain loop over 32 elements when all lanes take part, a loop over the
/// set bits of the mask otherwise, and a single evaluation when the instruction's sources are the
/// same in all lanes.
final class LaneOperationFactory {
  private static final ClassDesc WARP = ScalarCode.WARP;
  private static final ClassDesc BASE = ClassDesc.of(LaneOperation.class.getName());
  private static final ClassDesc FUNCTION = ClassDesc.of(LaneFunction.class.getName());
  private static final ClassDesc INTEGER = ConstantDescs.CD_Integer;
  private static final ConcurrentMap<LaneFunction, MethodHandle> CONSTRUCTORS =
      new ConcurrentHashMap<>();

  private LaneOperationFactory() {}

  static LaneOperation create(LaneFunction function, int result, int[] sources) {
    try {
      LaneOperation operation =
          (LaneOperation)
              CONSTRUCTORS
                  .computeIfAbsent(function, LaneOperationFactory::generate)
                  .invoke(function);
      operation.bind(result, sources);
      return operation;
    } catch (Throwable impossible) {
      throw new IllegalStateException("generated operation " + function, impossible);
    }
  }

  private static MethodHandle generate(LaneFunction function) {
    String name = function.chain().getFirst().getName() + "_" + function.mode();
    ClassDesc self = ClassDesc.of(LaneOperationFactory.class.getPackageName(), name);
    MethodTypeDesc constructor = MethodTypeDesc.of(ConstantDescs.CD_void, FUNCTION);
    byte[] bytes =
        ClassFile.of()
            .build(
                self,
                type -> {
                  type.withSuperclass(BASE).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_PUBLIC);
                  type.withMethodBody(
                      ConstantDescs.INIT_NAME,
                      constructor,
                      ClassFile.ACC_PUBLIC,
                      code ->
                          code.aload(0)
                              .aload(1)
                              .invokespecial(BASE, ConstantDescs.INIT_NAME, constructor)
                              .return_());
                  type.withMethodBody(
                      "run",
                      MethodTypeDesc.of(ConstantDescs.CD_void, WARP),
                      ClassFile.ACC_PUBLIC,
                      code -> new Body(function, code).emit());
                });
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return hidden
          .findConstructor(
              hidden.lookupClass(), MethodType.methodType(void.class, LaneFunction.class))
          .asType(MethodType.methodType(LaneOperation.class, LaneFunction.class));
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("generated class for " + function, impossible);
    }
  }

  /// Emits `run`.
  private static final class Body {
    private static final int WARP_LOCAL = 1;
    private static final int MASK = 2;
    private static final int LANE = 3;
    private static final int BITS = 4;
    private static final int RESULT = 5;
    private static final int FIRST_SOURCE = 6;

    private final LaneFunction function;
    private final CodeBuilder code;

    Body(LaneFunction function, CodeBuilder code) {
      this.function = function;
      this.code = code;
    }

    void emit() {
      for (int i = 0; i < function.sources().size(); i++) {
        loadRegister(function.sources().get(i), "s" + i);
        if (function.sources().get(i) == Home.PREDICATE) {
          code.istore(FIRST_SOURCE + i);
        } else {
          code.astore(FIRST_SOURCE + i);
        }
      }
      if (function.result() != Home.PREDICATE) {
        loadRegister(function.result(), "d");
        code.astore(RESULT);
      }
      switch (function.mode()) {
        case VECTOR -> vector();
        case UNIFORM, UNIFORM_FILL -> uniform();
      }
      code.return_();
    }

    private void vector() {
      Label masked = code.newLabel();
      Label done = code.newLabel();
      boolean predicate = function.result() == Home.PREDICATE;
      code.aload(WARP_LOCAL).getfield(WARP, "mask", ConstantDescs.CD_int).istore(MASK);
      if (predicate) {
        code.iconst_0().istore(BITS);
      }
      code.iload(MASK).aload(WARP_LOCAL).getfield(WARP, "wide", ConstantDescs.CD_int);
      code.if_icmpne(masked);
      code.iconst_0().istore(LANE);
      Label loop = code.newBoundLabel();
      code.iload(LANE).bipush(32).if_icmpge(done);
      lane();
      code.iinc(LANE, 1).goto_(loop);
      code.labelBinding(masked);
      int rest = predicate ? FIRST_SOURCE + function.sources().size() : BITS;
      code.iload(MASK).istore(rest);
      Label bits = code.newBoundLabel();
      code.iload(rest)
          .invokestatic(
              INTEGER,
              "numberOfTrailingZeros",
              MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int))
          .istore(LANE);
      lane();
      code.iload(rest).iload(rest).iconst_1().isub().iand().istore(rest);
      code.iload(rest).ifne(bits);
      code.labelBinding(done);
      if (predicate) {
        code.aload(WARP_LOCAL).getfield(WARP, "p", ConstantDescs.CD_int.arrayType());
        code.aload(0).getfield(BASE, "d", ConstantDescs.CD_int).dup2().iaload();
        code.iload(MASK).iconst_m1().ixor().iand();
        code.iload(BITS).iload(MASK).iand().ior().iastore();
      }
    }

    /// Computes lane LANE.
    private void lane() {
      if (function.result() == Home.PREDICATE) {
        code.iload(BITS);
        value(false);
        code.iload(LANE).ishl().ior().istore(BITS);
      } else {
        code.aload(RESULT).iload(LANE);
        value(false);
        code.arrayStore(ScalarCode.kind(function.result()));
      }
    }

    private void uniform() {
      if (function.result() == Home.PREDICATE) {
        code.aload(WARP_LOCAL).getfield(WARP, "p", ConstantDescs.CD_int.arrayType());
        code.aload(0).getfield(BASE, "d", ConstantDescs.CD_int);
        value(true);
        code.ineg().iastore();
      } else if (function.mode() == LaneFunction.Mode.UNIFORM) {
        code.aload(RESULT).iconst_0();
        value(true);
        code.arrayStore(ScalarCode.kind(function.result()));
      } else {
        code.aload(RESULT);
        value(true);
        ScalarCode.fill(code, function.result());
      }
    }

    private void value(boolean uniform) {
      ScalarCode.call(
          code, function.chain(), function.sources(), function.result(), s -> source(s, uniform));
    }

    private void source(int index, boolean uniform) {
      Home home = function.sources().get(index);
      if (home == Home.PREDICATE) {
        code.iload(FIRST_SOURCE + index);
        if (!uniform) {
          code.iload(LANE).iushr();
        }
        code.iconst_1().iand();
        return;
      }
      code.aload(FIRST_SOURCE + index);
      if (uniform) {
        code.iconst_0();
      } else {
        code.iload(LANE);
      }
      code.arrayLoad(ScalarCode.kind(home));
    }

    private void loadRegister(Home home, String slotField) {
      ScalarCode.registerFile(code, WARP_LOCAL, home);
      code.aload(0).getfield(BASE, slotField, ConstantDescs.CD_int);
      if (home == Home.PREDICATE) {
        code.iaload();
      } else {
        code.aaload();
      }
    }
  }
}
