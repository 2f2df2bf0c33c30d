package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.machine.BulkStores;
import dev.tuckerc.emulator.machine.Warp;
import org.jspecify.annotations.Nullable;

/// A bulk copy out of shared memory on its way: done at once, or with [Check#ASYNC_COPIES] when it
/// is waited for.
final class BulkStore implements BulkStores.Store {
  /// Reads the source.
  interface Reader {
    byte[] read(Warp warp);
  }

  /// Writes the target.
  interface Writer {
    void write(Warp warp, byte[] content);
  }

  private final Reader reader;
  private final Writer writer;
  private byte @Nullable [] content;

  private BulkStore(Reader reader, Writer writer) {
    this.reader = reader;
    this.writer = writer;
  }

  static void issue(Warp warp, int lane, Reader reader, Writer writer) {
    if (warp.block.launch.checks.contains(Check.ASYNC_COPIES)) {
      warp.stores.add(lane, new BulkStore(reader, writer));
    } else {
      writer.write(warp, reader.read(warp));
    }
  }

  @Override
  public void read(Warp warp) {
    if (content == null) {
      content = reader.read(warp);
    }
  }

  @Override
  public void write(Warp warp) {
    if (content != null) {
      writer.write(warp, content);
    }
  }

  @Override
  public boolean hasRead() {
    return content != null;
  }
}
