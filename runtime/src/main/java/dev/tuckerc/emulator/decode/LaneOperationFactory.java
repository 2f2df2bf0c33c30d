package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.machine.Warp;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Generates the classes that run a scalar function over the lanes of a warp.
///
/// One hidden class is made for each function (or chain of functions), combination of register
/// homes, and mode; all kernels share it, so it is compiled by the JIT once. Its `run` is a plain
/// loop over 32 elements when all lanes take part, a loop over the set bits of the mask otherwise,
/// and a single evaluation when the instruction's sources are the same in all lanes.
final class LaneOperationFactory {
  /// How often an operation is evaluated.
  enum Mode {
    /// For each lane.
    VECTOR,
    /// Once; the result is stored in lane 0, where other uniform operations read it.
    UNIFORM,
    /// Once; the result is stored in all lanes.
    UNIFORM_FILL
  }

  /// What distinguishes one generated class from another.
  ///
  /// @param functions first the function of the sources, then unary functions of its result
  /// @param result home of the destination
  /// @param sources homes of the sources
  record Key(List<Method> functions, Home result, List<Home> sources, Mode mode) {}

  private static final ClassDesc WARP = ClassDesc.of(Warp.class.getName());
  private static final ClassDesc BASE = ClassDesc.of(LaneOperation.class.getName());
  private static final ClassDesc INTEGER = ConstantDescs.CD_Integer;
  private static final ConcurrentMap<Key, MethodHandle> CONSTRUCTORS = new ConcurrentHashMap<>();

  private LaneOperationFactory() {}

  static LaneOperation create(Key key, int result, int[] sources) {
    try {
      LaneOperation operation =
          (LaneOperation)
              CONSTRUCTORS.computeIfAbsent(key, LaneOperationFactory::generate).invoke();
      operation.bind(result, sources);
      return operation;
    } catch (Throwable impossible) {
      throw new IllegalStateException("generated operation " + key, impossible);
    }
  }

  private static MethodHandle generate(Key key) {
    String name = key.functions.getFirst().getName() + "_" + key.mode;
    ClassDesc self = ClassDesc.of(LaneOperationFactory.class.getPackageName(), name);
    byte[] bytes =
        ClassFile.of()
            .build(
                self,
                type -> {
                  type.withSuperclass(BASE).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_PUBLIC);
                  type.withMethodBody(
                      ConstantDescs.INIT_NAME,
                      ConstantDescs.MTD_void,
                      ClassFile.ACC_PUBLIC,
                      code ->
                          code.aload(0)
                              .invokespecial(BASE, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                              .return_());
                  type.withMethodBody(
                      "run",
                      MethodTypeDesc.of(ConstantDescs.CD_void, WARP),
                      ClassFile.ACC_PUBLIC,
                      code -> new Body(key, code).emit());
                });
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return hidden
          .findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
          .asType(MethodType.methodType(LaneOperation.class));
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("generated class for " + key, impossible);
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

    private final Key key;
    private final CodeBuilder code;

    Body(Key key, CodeBuilder code) {
      this.key = key;
      this.code = code;
    }

    void emit() {
      for (int i = 0; i < key.sources.size(); i++) {
        loadRegister(key.sources.get(i), "s" + i);
        if (key.sources.get(i) == Home.PREDICATE) {
          code.istore(FIRST_SOURCE + i);
        } else {
          code.astore(FIRST_SOURCE + i);
        }
      }
      if (key.result != Home.PREDICATE) {
        loadRegister(key.result, "d");
        code.astore(RESULT);
      }
      if (key.mode == Mode.VECTOR) {
        vector();
      } else {
        uniform();
      }
      code.return_();
    }

    private void vector() {
      Label masked = code.newLabel();
      Label done = code.newLabel();
      code.aload(WARP_LOCAL).getfield(WARP, "mask", ConstantDescs.CD_int).istore(MASK);
      if (key.result == Home.PREDICATE) {
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
      if (key.result != Home.PREDICATE) {
        code.iload(MASK).istore(BITS);
      }
      int rest = key.result == Home.PREDICATE ? FIRST_SOURCE + key.sources.size() : BITS;
      if (rest != BITS) {
        code.iload(MASK).istore(rest);
      }
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
      if (key.result == Home.PREDICATE) {
        code.aload(WARP_LOCAL).getfield(WARP, "p", ConstantDescs.CD_int.arrayType());
        code.aload(0).getfield(BASE, "d", ConstantDescs.CD_int).dup2().iaload();
        code.iload(MASK).iconst_m1().ixor().iand();
        code.iload(BITS).iload(MASK).iand().ior().iastore();
      }
    }

    /// Computes lane LANE.
    private void lane() {
      if (key.result == Home.PREDICATE) {
        code.iload(BITS);
        value(false);
        code.iload(LANE).ishl().ior().istore(BITS);
      } else {
        code.aload(RESULT).iload(LANE);
        value(false);
        code.arrayStore(kind(key.result));
      }
    }

    private void uniform() {
      if (key.result == Home.PREDICATE) {
        code.aload(WARP_LOCAL).getfield(WARP, "p", ConstantDescs.CD_int.arrayType());
        code.aload(0).getfield(BASE, "d", ConstantDescs.CD_int);
        value(true);
        code.ineg().iastore();
      } else if (key.mode == Mode.UNIFORM) {
        code.aload(RESULT).iconst_0();
        value(true);
        code.arrayStore(kind(key.result));
      } else {
        code.aload(RESULT);
        value(true);
        ClassDesc element = element(key.result);
        code.invokestatic(
            ClassDesc.of("java.util.Arrays"),
            "fill",
            MethodTypeDesc.of(ConstantDescs.CD_void, element.arrayType(), element));
      }
    }

    private void value(boolean uniform) {
      Method first = key.functions.getFirst();
      Class<?>[] parameters = first.getParameterTypes();
      for (int i = 0; i < parameters.length; i++) {
        Home home = key.sources.get(i);
        if (home == Home.PREDICATE) {
          code.iload(FIRST_SOURCE + i);
          if (!uniform) {
            code.iload(LANE).iushr();
          }
          code.iconst_1().iand();
        } else {
          code.aload(FIRST_SOURCE + i);
          if (uniform) {
            code.iconst_0();
          } else {
            code.iload(LANE);
          }
          code.arrayLoad(kind(home));
          adapt(element(home), describe(parameters[i]));
        }
      }
      ClassDesc type = ConstantDescs.CD_void;
      for (Method function : key.functions) {
        if (!type.equals(ConstantDescs.CD_void)) {
          adapt(type, describe(function.getParameterTypes()[0]));
        }
        type = describe(function.getReturnType());
        List<ClassDesc> arguments =
            List.of(function.getParameterTypes()).stream().map(Body::describe).toList();
        code.invokestatic(
            ClassDesc.of(function.getDeclaringClass().getName()),
            function.getName(),
            MethodTypeDesc.of(type, arguments));
      }
      if (key.result != Home.PREDICATE) {
        adapt(type, element(key.result));
      }
    }

    /// Reinterprets the value on the stack as another type of the same size, or, where sizes
    /// differ, zero-extends or truncates its bits.
    private void adapt(ClassDesc from, ClassDesc to) {
      if (from.equals(to) || from.equals(ConstantDescs.CD_boolean)) {
        return;
      }
      ClassDesc bits = from;
      if (from.equals(ConstantDescs.CD_float)) {
        convert("java.lang.Float", "floatToRawIntBits", from, ConstantDescs.CD_int);
        bits = ConstantDescs.CD_int;
      } else if (from.equals(ConstantDescs.CD_double)) {
        convert("java.lang.Double", "doubleToRawLongBits", from, ConstantDescs.CD_long);
        bits = ConstantDescs.CD_long;
      }
      boolean wide = to.equals(ConstantDescs.CD_long) || to.equals(ConstantDescs.CD_double);
      if (wide && bits.equals(ConstantDescs.CD_int)) {
        convert("java.lang.Integer", "toUnsignedLong", bits, ConstantDescs.CD_long);
      } else if (!wide && bits.equals(ConstantDescs.CD_long)) {
        code.l2i();
      }
      if (to.equals(ConstantDescs.CD_float)) {
        convert("java.lang.Float", "intBitsToFloat", ConstantDescs.CD_int, to);
      } else if (to.equals(ConstantDescs.CD_double)) {
        convert("java.lang.Double", "longBitsToDouble", ConstantDescs.CD_long, to);
      }
    }

    private void convert(String owner, String name, ClassDesc from, ClassDesc to) {
      code.invokestatic(ClassDesc.of(owner), name, MethodTypeDesc.of(to, from));
    }

    private void loadRegister(Home home, String slotField) {
      ClassDesc file =
          home == Home.PREDICATE
              ? ConstantDescs.CD_int.arrayType()
              : element(home).arrayType().arrayType();
      code.aload(WARP_LOCAL).getfield(WARP, fileName(home), file);
      code.aload(0).getfield(BASE, slotField, ConstantDescs.CD_int);
      if (home == Home.PREDICATE) {
        code.iaload();
      } else {
        code.aaload();
      }
    }

    private static String fileName(Home home) {
      return switch (home) {
        case INT -> "i";
        case FLOAT -> "f";
        case LONG -> "l";
        case DOUBLE -> "d";
        case PREDICATE -> "p";
      };
    }

    private static ClassDesc element(Home home) {
      return switch (home) {
        case INT, PREDICATE -> ConstantDescs.CD_int;
        case FLOAT -> ConstantDescs.CD_float;
        case LONG -> ConstantDescs.CD_long;
        case DOUBLE -> ConstantDescs.CD_double;
      };
    }

    private static TypeKind kind(Home home) {
      return TypeKind.from(element(home));
    }

    private static ClassDesc describe(Class<?> type) {
      return type.describeConstable().orElseThrow();
    }
  }
}
