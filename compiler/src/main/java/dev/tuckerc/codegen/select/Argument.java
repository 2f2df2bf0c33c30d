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
      case Activation _, Part _ -> "const " + element + "* " + pointer;
      case Weight _ -> "const " + element + "* __restrict__ " + pointer;
      case Fault _, Scratch _, Counters _ -> element + "* " + pointer;
    };
  }

  /// A value computed at run time, or an input of the model; read, or written by the kernel that
  /// defines it.
  record Activation(Value value) implements Argument {}

  /// What follows in a value computed at run time, or an input of the model, from an offset on;
  /// read only.
  record Part(Value value, long byteOffset) implements Argument {}

  /// An entry of [Program#weights].
  record Weight(String name) implements Argument {}

  /// A flag of four bytes, zero before a run, which the kernel sets where the model's input asks
  /// for what does not exist. It goes on with a value of its own choice, because a trap would end
  /// the GPU's context; whoever runs it looks at the flag afterwards.
  ///
  /// @param meaning what a set flag says, with the node
  record Fault(String meaning) implements Argument {}

  /// Memory of one launch alone, such as for parts of sums: nothing has written it before, and what
  /// is left there is lost.
  ///
  /// @param of the first result of the node that the launch computes
  /// @param bytes size
  record Scratch(Value of, long bytes) implements Argument {}

  /// Words of four bytes that are zero when a launch begins; it leaves them zero, so that all
  /// launches may have the same ones.
  ///
  /// @param count how many
  record Counters(long count) implements Argument {}
}
