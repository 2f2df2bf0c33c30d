package dev.tuckerc.lab.bench;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;

/// How much is measured.
///
/// @param batches of sequences submitted behind one another
/// @param batch sequences of a batch; each gives one sample
/// @param hostSamples sequences timed on the host, one at a time
/// @param warmUpSeconds of replays before the first batch
/// @param chainMicroseconds predicted time that one sequence of a kernel should take at least
/// @param mostChain most runs in one sequence of a kernel
/// @param cacheBytes that all copies of the memory together shall exceed
/// @param mostCopies most copies of the memory
public record Effort(
    int batches,
    int batch,
    int hostSamples,
    double warmUpSeconds,
    double chainMicroseconds,
    int mostChain,
    long cacheBytes,
    int mostCopies) {

  /// For a device: much on a GPU, little on the emulator, whose times only show that measuring
  /// works.
  ///
  /// @param quick for tests
  static Effort of(DeviceInfo info, DeviceDescription description, boolean quick) {
    return switch (info.kind()) {
      case CUDA ->
          new Effort(
              quick ? 2 : 8,
              16,
              quick ? 16 : 64,
              quick ? 0.02 : 0.1,
              500,
              64,
              2 * description.l2Bytes(),
              64);
      case EMULATOR -> new Effort(1, quick ? 2 : 3, 1, 0, 0, 2, 0, 2);
    };
  }

  /// Runs of one sequence of a kernel.
  int chain(double predictedMicroseconds) {
    double wanted = Math.ceil(chainMicroseconds / Math.max(predictedMicroseconds, 0.1));
    return (int) Math.max(2, Math.min(mostChain, wanted));
  }

  /// Copies of the memory so that no run finds its data where the run before left it, as far as the
  /// limit allows; at least 2.
  ///
  /// @param bytes of one copy
  int copies(long bytes) {
    long wanted = Math.ceilDiv(cacheBytes, Math.max(1, bytes));
    return (int) Math.max(2, Math.min(mostCopies, wanted));
  }
}
