package dev.tuckerc.training.model;

import org.bytedeco.pytorch.global.torch;

/// The library as a whole.
public final class Torch {
  private Torch() {}

  /// Sets the threads that one operation may use. Results are the same bits each time only for the
  /// same number.
  public static void useThreads(int threads) {
    torch.set_num_threads(threads);
  }
}
