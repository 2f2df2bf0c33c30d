package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Value;

/// Where a value lives at run time.
public sealed interface Placement {
  /// The buffer of graph input `index`.
  record Input(int index) implements Placement {}

  /// The buffer of graph output `index`.
  record Output(int index) implements Placement {}

  /// `bytes` bytes of the arena, from `offset`.
  record Arena(long offset, long bytes) implements Placement {}

  /// A constant: part of the weights.
  record Constant() implements Placement {}

  /// Inside the storage of another value, which is itself no alias.
  record Alias(Value of, long byteOffset) implements Placement {}
}
