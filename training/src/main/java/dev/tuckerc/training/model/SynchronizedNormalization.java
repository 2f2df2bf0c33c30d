package dev.tuckerc.training.model;

import dev.tuckerc.ir.BatchNormalization;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/// Batch normalisation with the statistics of the whole batch, of which every process has a share
/// of the same size. Mean and variance are averaged over the processes on the way forward, their
/// gradients on the way back, so that the gradients, averaged as well, are those of one process
/// with all samples.
final class SynchronizedNormalization {
  private final int processes;
  private final Consumer<List<Tensor>> average;
  private Optional<RuntimeException> failure = Optional.empty();

  /// @param processes how many there are
  /// @param average replaces tensors by their mean over the processes
  SynchronizedNormalization(int processes, Consumer<List<Tensor>> average) {
    this.processes = processes;
    this.average = average;
  }

  /// To be called after each way back.
  ///
  /// @throws RuntimeException that ended an average on it
  void requireWhole() {
    failure.ifPresent(e -> {
      throw e;
    });
  }

  /// Normalises, and lets the running statistics follow.
  ///
  /// @param x input `[N, C, ...]`, scale, bias, running mean, running variance
  Tensor apply(BatchNormalization op, List<Tensor> x) {
    Tensor input = x.get(0);
    long[] perChannel = new long[Math.toIntExact(input.dim())];
    Arrays.fill(perChannel, 1);
    perChannel[1] = input.size(1);
    // Squared deviations from the common mean; a difference of squares would cancel.
    Tensor mean = overProcesses(meanOfChannels(input));
    Tensor centred = input.sub(mean.reshape(perChannel));
    Tensor variance = overProcesses(meanOfChannels(centred.square()));
    double count = (double) input.numel() / input.size(1) * processes;
    follow(x.get(3), mean, 1);
    follow(x.get(4), variance, count / Math.max(count - 1, 1));
    Tensor scale = variance.add(new Scalar(op.epsilon())).rsqrt().mul(x.get(1));
    return centred.mul(scale.reshape(perChannel)).add(x.get(2).reshape(perChannel));
  }

  private static Tensor meanOfChannels(Tensor x) {
    long[] axes = LongStream.range(0, x.dim()).filter(axis -> axis != 1).toArray();
    return x.mean(axes, false, new ScalarTypeOptional());
  }

  private static void follow(Tensor running, Tensor present, double factor) {
    try (NoGradGuard _ = new NoGradGuard()) {
      running
          .mul_(new Scalar(1 - Operations.MOMENTUM))
          .add_(present, new Scalar(Operations.MOMENTUM * factor));
    }
  }

  /// The mean of a tensor over all processes, and of its gradient.
  private Tensor overProcesses(Tensor own) {
    Tensor common = own.detach().clone();
    average.accept(List.of(common));
    Tensor result = own.add(common.sub(own.detach()));
    result.register_hook(new Averaging());
    return result;
  }

  /// Called by libtorch on the way back, in the thread that asked for the gradients.
  private final class Averaging extends TensorTensorHook {
    @Override
    public TensorBase call(TensorBase gradient) {
      Tensor common = new Tensor(gradient).detach().clone();
      try {
        if (failure.isEmpty()) {
          average.accept(List.of(common));
        }
      } catch (RuntimeException e) {
        // Through libtorch it would lose its type and its cause.
        failure = Optional.of(e);
      }
      return common;
    }
  }
}
