package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.util.List;

/// A launch sequence of a GPU.
public abstract sealed class CudaReplay implements LaunchSequence permits CudaQueue, CudaSequence {
  final CudaContext context;
  final CudaLauncher launcher;
  final List<KernelLaunch> launches;
  private final CudaTiming timing;
  private boolean open = true;

  CudaReplay(
      CudaContext context, CudaLauncher launcher, CudaTiming timing, List<KernelLaunch> launches) {
    this.context = context;
    this.launcher = launcher;
    this.timing = timing;
    this.launches = List.copyOf(launches);
  }

  /// A sequence of a context, as what it is.
  ///
  /// @throws DeviceException when it is closed or of another device
  public static CudaReplay of(CudaContext context, LaunchSequence sequence) {
    if (sequence instanceof CudaReplay own && context.holds(own)) {
      return own;
    }
    throw new DeviceException("a launch sequence is closed, or of another device");
  }

  /// Puts the sequence, which is open, on the stream.
  abstract void submitOpen();

  /// Frees what it has beside its events.
  ///
  /// @return the driver's result code
  abstract int free();

  /// Puts the sequence on the stream, without events; the device's context is current.
  final void submit() {
    requireOpen();
    submitOpen();
  }

  @Override
  public final void replay() {
    requireOpen();
    context.makeCurrent();
    timing.around(this::submit);
  }

  @Override
  public final long lastReplayNanos() {
    requireOpen();
    context.makeCurrent();
    return timing.nanos();
  }

  private void requireOpen() {
    if (!open) {
      throw new DeviceException("the launch sequence is closed");
    }
  }

  @Override
  public final void close() {
    if (open) {
      open = false;
      context.release(
          this,
          () -> {
            timing.destroy();
            return free();
          },
          "freeing a launch sequence");
    }
  }
}
