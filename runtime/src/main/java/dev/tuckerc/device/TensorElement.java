package dev.tuckerc.device;

/// Element types of a [KernelArgument.TensorMap].
public enum TensorElement {
  UINT8(1, false),
  UINT16(2, false),
  UINT32(4, false),
  INT32(4, false),
  UINT64(8, false),
  INT64(8, false),
  FLOAT16(2, true),
  FLOAT32(4, true),
  FLOAT64(8, true),
  BFLOAT16(2, true);

  private final int bytes;
  private final boolean floating;

  TensorElement(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /// Size of an element.
  public int bytes() {
    return bytes;
  }

  /// Whether it is a floating-point type.
  public boolean floating() {
    return floating;
  }
}
