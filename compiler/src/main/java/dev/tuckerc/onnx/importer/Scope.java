package dev.tuckerc.onnx.importer;

import dev.tuckerc.ir.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Values by name. A name may stand for a value that could not be imported.
public final class Scope {
  private final Optional<Scope> outer;
  private final Map<String, Optional<Value>> values = new HashMap<>();

  /// @param outer where names not defined here are looked up
  Scope(Optional<Scope> outer) {
    this.outer = outer;
  }

  /// Defines a name.
  ///
  /// @param value empty when what defines it is unsupported
  /// @return false when the name is already defined here
  boolean define(String name, Optional<Value> value) {
    return values.putIfAbsent(name, value) == null;
  }

  /// The value of a name; the inner optional is empty when what defines it is unsupported.
  Optional<Optional<Value>> find(String name) {
    Optional<Value> value = values.get(name);
    if (value != null) {
      return Optional.of(value);
    }
    return outer.flatMap(o -> o.find(name));
  }
}
