package dev.tuckerc.ir;

/// An SSA value. Compared by identity.
public final class Value {
  private final String name;
  private final TensorType type;

  /// @param name a hint for printing, not necessarily unique; may be empty
  public Value(String name, TensorType type) {
    this.name = name;
    this.type = type;
  }

  public String name() {
    return name;
  }

  public TensorType type() {
    return type;
  }

  public Shape shape() {
    return type.shape();
  }

  @Override
  public String toString() {
    return "%"
        + (name.isEmpty() ? Integer.toHexString(System.identityHashCode(this)) : name)
        + ": "
        + type;
  }
}
