package dev.tuckerc.codegen.select;

import dev.tuckerc.ir.Value;

/// What a kernel's pointer parameter points to.
public sealed interface Argument {

  /// Declares the parameter through which a kernel reads this.
  ///
  /// Only what no kernel writes is `__restrict__`: together with `const` that lets the compiler
  /// read by the non-coherent path (`ld.global.nc`), and earlier than the kernel waits for its
  /// predecessor. A result must not be `__restrict__` either, from which the compiler concludes the
  /// same of the operands.
  ///
  /// @param element type of an element in memory
  /// @param pointer name of the parameter
  default String parameter(String element, String pointer) {
    return switch (this) {
      case Activation _ -> "const " + element + "* " + pointer;
      case Weight _ -> "const " + element + "* __restrict__ " + pointer;
    };
  }

  /// A value computed at run time, or an input of the model; read, or written by the kernel that
  /// defines it.
  record Activation(Value value) implements Argument {}

  /// An entry of [Program#weights].
  record Weight(String name) implements Argument {}
}
