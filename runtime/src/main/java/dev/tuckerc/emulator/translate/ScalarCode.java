package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Warp;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.List;
import java.util.function.IntConsumer;

/// Bytecode that calls scalar functions on values of register homes.
public final class ScalarCode {
  /// The class [Warp].
  public static final ClassDesc WARP = ClassDesc.of(Warp.class.getName());

  private ScalarCode() {}

  /// Leaves the result of a chain of functions on the stack, in the form of its home.
  ///
  /// @param chain first a function of all sources, then unary functions of its result
  /// @param source loads the source of an index in the form of its home; predicates as 0 or 1
  public static void call(
      CodeBuilder code, List<Method> chain, List<Home> sources, Home result, IntConsumer source) {
    Class<?>[] parameters = chain.getFirst().getParameterTypes();
    for (int s = 0; s < parameters.length; s++) {
      source.accept(s);
      if (sources.get(s) != Home.PREDICATE) {
        adapt(code, element(sources.get(s)), describe(parameters[s]));
      }
    }
    ClassDesc type = ConstantDescs.CD_void;
    for (Method function : chain) {
      if (!type.equals(ConstantDescs.CD_void)) {
        adapt(code, type, describe(function.getParameterTypes()[0]));
      }
      type = describe(function.getReturnType());
      List<ClassDesc> arguments =
          List.of(function.getParameterTypes()).stream().map(ScalarCode::describe).toList();
      code.invokestatic(
          ClassDesc.of(function.getDeclaringClass().getName()),
          function.getName(),
          MethodTypeDesc.of(type, arguments));
    }
    if (result != Home.PREDICATE) {
      adapt(code, type, element(result));
    }
  }

  /// Reinterprets the value on the stack as another type of the same size, or, where sizes differ,
  /// zero-extends or truncates its bits.
  private static void adapt(CodeBuilder code, ClassDesc from, ClassDesc to) {
    if (from.equals(to) || from.equals(ConstantDescs.CD_boolean)) {
      return;
    }
    ClassDesc bits = from;
    if (from.equals(ConstantDescs.CD_float)) {
      convert(code, "java.lang.Float", "floatToRawIntBits", from, ConstantDescs.CD_int);
      bits = ConstantDescs.CD_int;
    } else if (from.equals(ConstantDescs.CD_double)) {
      convert(code, "java.lang.Double", "doubleToRawLongBits", from, ConstantDescs.CD_long);
      bits = ConstantDescs.CD_long;
    }
    boolean wide = to.equals(ConstantDescs.CD_long) || to.equals(ConstantDescs.CD_double);
    if (wide && bits.equals(ConstantDescs.CD_int)) {
      convert(code, "java.lang.Integer", "toUnsignedLong", bits, ConstantDescs.CD_long);
    } else if (!wide && bits.equals(ConstantDescs.CD_long)) {
      code.l2i();
    }
    if (to.equals(ConstantDescs.CD_float)) {
      convert(code, "java.lang.Float", "intBitsToFloat", ConstantDescs.CD_int, to);
    } else if (to.equals(ConstantDescs.CD_double)) {
      convert(code, "java.lang.Double", "longBitsToDouble", ConstantDescs.CD_long, to);
    }
  }

  private static void convert(
      CodeBuilder code, String owner, String name, ClassDesc from, ClassDesc to) {
    code.invokestatic(ClassDesc.of(owner), name, MethodTypeDesc.of(to, from));
  }

  /// Pushes a warp's register file of a home.
  ///
  /// @param warp local variable with the warp
  public static void registerFile(CodeBuilder code, int warp, Home home) {
    ClassDesc file =
        home == Home.PREDICATE
            ? ConstantDescs.CD_int.arrayType()
            : element(home).arrayType().arrayType();
    code.aload(warp).getfield(WARP, fileName(home), file);
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

  /// The type of one lane's value.
  public static ClassDesc element(Home home) {
    return switch (home) {
      case INT, PREDICATE -> ConstantDescs.CD_int;
      case FLOAT -> ConstantDescs.CD_float;
      case LONG -> ConstantDescs.CD_long;
      case DOUBLE -> ConstantDescs.CD_double;
    };
  }

  /// The same as a kind of local variable.
  public static TypeKind kind(Home home) {
    return TypeKind.from(element(home));
  }

  /// Sets all lanes of the array below the value on the stack to it.
  public static void fill(CodeBuilder code, Home home) {
    ClassDesc element = element(home);
    code.invokestatic(
        ClassDesc.of("java.util.Arrays"),
        "fill",
        MethodTypeDesc.of(ConstantDescs.CD_void, element.arrayType(), element));
  }

  private static ClassDesc describe(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }
}
