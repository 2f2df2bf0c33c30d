package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.isa.Half;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;

/// One warp's part of the accumulator of a `wgmma`: where its registers are, and its values.
///
/// Warp `w` of the warpgroup holds rows `16 w` to `16 w + 15`. Element `i` of a lane is in row
/// `lane / 4 + 8 (i / 2 mod 2)`, column `8 (i / 4) + 2 (lane mod 4) + i mod 2`; of f16, a register
/// holds elements `2 r` and `2 r + 1` (PTX ISA, "Register fragments for wgmma").
///
/// @param registers of a lane
/// @param half whether the elements are f16, two to a register
/// @param columns of the matrix
record WarpgroupAccumulator(Value[] registers, boolean half, int columns) {
  /// Stands in registers whose result is under way; as f32 and f16x2 it is not a number.
  static final int UNDER_WAY = 0x7fc3_7fc3;

  /// Register files of a function, as they were when the instruction was issued.
  record Files(int[][] integers, float[][] floats) {
    int bits(Value register, int lane) {
      return register.home() == Home.FLOAT
          ? Float.floatToRawIntBits(floats[register.slot()][lane])
          : integers[register.slot()][lane];
    }

    void set(Value register, int lane, int bits) {
      if (register.home() == Home.FLOAT) {
        floats[register.slot()][lane] = Float.intBitsToFloat(bits);
      } else {
        integers[register.slot()][lane] = bits;
      }
    }
  }

  private static int row(int lane, int element) {
    return (lane >> 2) + 8 * (element >> 1 & 1);
  }

  private static int column(int lane, int element) {
    return 8 * (element >> 2) + 2 * (lane & 3) + (element & 1);
  }

  private int place(int lane, int element) {
    return row(lane, element) * columns + column(lane, element);
  }

  float[] floats(Files files) {
    float[] values = new float[16 * columns];
    for (int r = 0; r < registers.length; r++) {
      for (int lane = 0; lane < 32; lane++) {
        int bits = files.bits(registers[r], lane);
        if (half) {
          values[place(lane, 2 * r)] = Half.toFloat(bits);
          values[place(lane, 2 * r + 1)] = Half.toFloat(bits >>> 16);
        } else {
          values[place(lane, r)] = Float.intBitsToFloat(bits);
        }
      }
    }
    return values;
  }

  int[] integers(Files files) {
    int[] values = new int[16 * columns];
    for (int r = 0; r < registers.length; r++) {
      for (int lane = 0; lane < 32; lane++) {
        values[place(lane, r)] = files.bits(registers[r], lane);
      }
    }
    return values;
  }

  void store(Files files, float[] values) {
    for (int r = 0; r < registers.length; r++) {
      for (int lane = 0; lane < 32; lane++) {
        int bits;
        if (half) {
          bits =
              Half.fromFloat(values[place(lane, 2 * r)])
                  | Half.fromFloat(values[place(lane, 2 * r + 1)]) << 16;
        } else {
          bits = Float.floatToRawIntBits(values[place(lane, r)]);
        }
        files.set(registers[r], lane, bits);
      }
    }
  }

  void store(Files files, int[] values) {
    for (int r = 0; r < registers.length; r++) {
      for (int lane = 0; lane < 32; lane++) {
        files.set(registers[r], lane, values[place(lane, r)]);
      }
    }
  }

  /// Rounds to the precision of the registers, as a chain of instructions does after each.
  void round(float[] values) {
    if (half) {
      for (int i = 0; i < values.length; i++) {
        values[i] = Half.toFloat(Half.fromFloat(values[i]));
      }
    }
  }

  void poison(Files files) {
    for (Value register : registers) {
      for (int lane = 0; lane < 32; lane++) {
        files.set(register, lane, UNDER_WAY);
      }
    }
  }

  /// The lane whose poison something has overwritten, or -1.
  int touched(Files files) {
    for (Value register : registers) {
      for (int lane = 0; lane < 32; lane++) {
        if (files.bits(register, lane) != UNDER_WAY) {
          return lane;
        }
      }
    }
    return -1;
  }

  boolean sameRegisters(WarpgroupAccumulator other) {
    return half == other.half && java.util.Arrays.equals(registers, other.registers);
  }
}
