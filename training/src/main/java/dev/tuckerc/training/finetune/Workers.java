package dev.tuckerc.training.finetune;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/// The processes that train one model together, each on its share of every batch.
public interface Workers extends AutoCloseable {
  /// One process alone.
  Workers ALONE =
      new Workers() {
        @Override
        public int rank() {
          return 0;
        }

        @Override
        public int count() {
          return 1;
        }

        @Override
        public void average(List<Tensor> tensors) {}

        @Override
        public void close() {}
      };

  /// This process, from 0. The first writes files and messages.
  int rank();

  /// How many there are.
  int count();

  /// Replaces tensors by their mean over all processes, which all have to call this with tensors of
  /// the same shapes.
  void average(List<Tensor> tensors);

  @Override
  void close();
}
