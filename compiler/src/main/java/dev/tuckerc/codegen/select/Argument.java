package dev.tuckerc.codegen.select;

import dev.tuckerc.ir.Value;

/// What a kernel's pointer parameter points to.
public sealed interface Argument {

  /// A value computed at run time, or an input of the model; read, or written by the kernel that
  /// defines it.
  record Activation(Value value) implements Argument {}

  /// An entry of [Program#weights].
  record Weight(String name) implements Argument {}
}
