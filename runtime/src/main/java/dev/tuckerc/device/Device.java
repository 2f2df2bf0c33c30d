package dev.tuckerc.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A machine that holds buffers and runs compiled kernels: a GPU, or the emulator that executes the
/// same PTX.
///
/// All calls are made from one thread at a time. Work is ordered as submitted; [#synchronize] (and
/// every [#download]) waits for it. Every failure is a [DeviceException] whose message can be shown
/// to a user as it is.
public interface Device extends AutoCloseable {

  /// Name, kind and limits of this device.
  DeviceInfo info();

  /// Loads PTX text and returns its kernels.
  ///
  /// @param ptx PTX text as emitted by NVRTC, without a trailing NUL
  /// @param label what the text is, for messages (a kernel name or a file)
  DeviceModule load(String ptx, String label);

  /// Loads code in the form that suits the device best and returns its kernels: the machine code
  /// where it is for this GPU, else the PTX. [DeviceModule#form] says which.
  ///
  /// @param label what the code is, for messages (a kernel name or a file)
  default DeviceModule load(KernelCode code, String label) {
    return load(code.ptx(), label);
  }

  /// Allocates device memory, aligned to at least 256 bytes; its content is undefined.
  ///
  /// @param bytes size, greater than zero
  /// @param label what it holds, for messages and findings
  DeviceBuffer allocate(long bytes, String label);

  /// Copies host memory to the device.
  void upload(DeviceBuffer target, long targetOffset, MemorySegment source);

  /// Waits for all submitted work, then copies device memory to the host.
  void download(DeviceBuffer source, long sourceOffset, MemorySegment target);

  /// Says that the content of a buffer is no longer needed: it may be anything until it is written
  /// again. A device that looks for reads of unwritten memory takes it as unwritten; others need do
  /// nothing.
  default void discard(DeviceBuffer buffer) {}

  /// Submits one launch.
  void launch(KernelLaunch launch);

  /// Prepares a sequence of launches that can be replayed at low cost: one CUDA graph on a GPU.
  LaunchSequence record(List<KernelLaunch> launches);

  /// Prepares a sequence whose launches are submitted one by one at every replay, as a program does
  /// that knows no graphs. Where that makes no difference it is the same as [#record].
  default LaunchSequence queue(List<KernelLaunch> launches) {
    return record(launches);
  }

  /// Replays sequences behind one another, without waiting in between, and then waits.
  ///
  /// A GPU takes the times between events. It is kept busy while the host submits, by one more
  /// replay of the first sequence before the first event, so that no time has the host's in it
  /// unless submitting takes longer than running. The emulator reports host time.
  ///
  /// @param sequences of this device; one may occur several times
  /// @return device time of each in nanoseconds, from the end of the one before it
  default long[] time(List<LaunchSequence> sequences) {
    long[] nanos = new long[sequences.size()];
    for (int i = 0; i < nanos.length; i++) {
      sequences.get(i).replay();
      nanos[i] = sequences.get(i).lastReplayNanos();
    }
    return nanos;
  }

  /// Waits for all submitted work; reports any fault it met.
  void synchronize();

  @Override
  void close();
}
