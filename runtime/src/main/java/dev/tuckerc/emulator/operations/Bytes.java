package dev.tuckerc.emulator.operations;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Little-endian views of byte arrays.
public final class Bytes {
  /// 16 bits.
  public static final VarHandle SHORT = view(short[].class);

  /// 32 bits.
  public static final VarHandle INT = view(int[].class);

  /// 64 bits.
  public static final VarHandle LONG = view(long[].class);

  /// Single-precision float.
  public static final VarHandle FLOAT = view(float[].class);

  /// Double-precision float.
  public static final VarHandle DOUBLE = view(double[].class);

  private Bytes() {}

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
  }
}
