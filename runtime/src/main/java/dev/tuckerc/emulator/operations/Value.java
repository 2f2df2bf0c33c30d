package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.machine.Home;

/// A register operand of an operation; slot -1 stands for a result nobody wants.
///
/// @param home register file
/// @param slot index in it
public record Value(Home home, int slot) {
  /// A result nobody wants.
  public static final Value NONE = new Value(Home.INT, -1);
}
