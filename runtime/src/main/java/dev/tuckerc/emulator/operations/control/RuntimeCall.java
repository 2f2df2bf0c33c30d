package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.check.LocalBytes;
import dev.tuckerc.emulator.machine.Block;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.machine.Terminator;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// Functions of the device's run time that CUDA calls: `printf`, `assert`.
public final class RuntimeCall {
  private static final int LONGEST_TEXT = 1 << 16;

  private RuntimeCall() {}

  /// `vprintf(format, arguments)`: the active lanes print, one after the other.
  public static final class Print extends Terminator {
    private final int format;
    private final int arguments;
    private final int result;
    private final int next;

    /// @param format where the address of the format lies in local memory; likewise the others
    public Print(int format, int arguments, int result, int next) {
      this.format = format;
      this.arguments = arguments;
      this.result = result;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      Consumer<String> printer = warp.block.launch.printer;
      for (int m = warp.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        PrintFormat text =
            new PrintFormat(
                text(warp, lane, argument(warp, lane, format)),
                new DeviceText(warp, lane, argument(warp, lane, arguments)));
        if (printer != null) {
          printer.accept(text.text());
        }
        int at = warp.localBase() + result;
        Bytes.INT.set(warp.local[lane], at, text.printed());
        LocalBytes record = warp.checks == null ? null : warp.checks.local();
        if (record != null) {
          record.access(lane, at, Integer.BYTES, true);
        }
      }
      warp.goTo(next);
    }
  }

  /// `__assertfail(condition, file, line, function, size)`.
  public static final class AssertionFailure extends Terminator {
    private final int[] arguments;
    private final int next;

    public AssertionFailure(int[] arguments, int next) {
      this.arguments = arguments;
      this.next = next;
    }

    /// A source that was given by its name alone is compiled as if it lay in the root folder, so
    /// that the same source gives the same bytes wherever it is compiled.
    private static String asGiven(String file) {
      return file.lastIndexOf('/') == 0 ? file.substring(1) : file;
    }

    @Override
    public void run(Warp warp) {
      if (warp.mask == 0) {
        warp.goTo(next);
        return;
      }
      int lane = Integer.numberOfTrailingZeros(warp.mask);
      int line = (int) Bytes.INT.get(warp.local[lane], warp.localBase() + arguments[2]);
      throw new Fault(
          lane,
          "assertion '"
              + text(warp, lane, argument(warp, lane, arguments[0]))
              + "' failed at "
              + asGiven(text(warp, lane, argument(warp, lane, arguments[1])))
              + ":"
              + line);
    }
  }

  /// The arguments of a `printf`, packed as CUDA packs them: each at a multiple of its size.
  ///
  /// @param base their address
  private record DeviceText(Warp warp, int lane, long base) implements PrintFormat.Arguments {
    @Override
    public long bits(int offset, int bytes) {
      long value = 0;
      for (int b = 0; b < bytes; b++) {
        value |= (read(warp, lane, base + offset + b) & 0xffL) << 8 * b;
      }
      return value;
    }

    @Override
    public String text(long address) {
      return RuntimeCall.text(warp, lane, address);
    }
  }

  private static long argument(Warp warp, int lane, int offset) {
    return (long) Bytes.LONG.get(warp.local[lane], warp.localBase() + offset);
  }

  /// The text at a generic address, up to its NUL.
  private static String text(Warp warp, int lane, long address) {
    byte[] bytes = new byte[64];
    int length = 0;
    for (byte b = read(warp, lane, address); b != 0; b = read(warp, lane, address + length)) {
      if (length == LONGEST_TEXT) {
        throw new Fault(lane, "text at 0x" + Long.toHexString(address) + " has no end");
      }
      bytes = length == bytes.length ? java.util.Arrays.copyOf(bytes, 2 * length) : bytes;
      bytes[length++] = b;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static byte read(Warp warp, int lane, long address) {
    Block block = warp.block;
    if (address >= GlobalMemory.LOCAL_WINDOW && address < GlobalMemory.PARAMETER_WINDOW) {
      long place = address - GlobalMemory.LOCAL_WINDOW;
      if (place < warp.localSize()) {
        return warp.local[lane][(int) place];
      }
    } else if (address >= GlobalMemory.SHARED_WINDOW && address < GlobalMemory.SHARED_WINDOW_END) {
      Region shared = block.sharedAt(address - GlobalMemory.SHARED_WINDOW);
      long place = shared == null ? -1 : address - GlobalMemory.SHARED_WINDOW - shared.base;
      if (shared != null && place < shared.size) {
        return shared.bytes[(int) place];
      }
    } else {
      Region region = block.launch.memory.find(address);
      if (region != null) {
        return region.bytes[(int) (address - region.base)];
      }
    }
    throw new Fault(lane, "printf reads address 0x" + Long.toHexString(address) + ": no memory");
  }
}
