package dev.tuckerc.cuda;

import dev.tuckerc.device.LaunchSequence;

/// A launch sequence of a GPU.
sealed interface CudaReplay extends LaunchSequence permits CudaQueue, CudaSequence {

  /// Puts the sequence on the stream, without events; the device's context is current.
  void submit();

  @Override
  void close();
}
