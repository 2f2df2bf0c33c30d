package dev.tuckerc.training.distributed;

import dev.tuckerc.training.finetune.Workers;
import java.time.Duration;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Processes on CPUs, on one machine or several, that average tensors by Gloo's all-reduce. All
/// tensors of a call travel as one.
public final class GlooWorkers implements Workers {
  private final Rendezvous rendezvous;
  private final TCPStore store;
  private final ProcessGroupGloo group;

  private GlooWorkers(Rendezvous rendezvous, TCPStore store, ProcessGroupGloo group) {
    this.rendezvous = rendezvous;
    this.store = store;
    this.group = group;
  }

  /// Meets the others.
  ///
  /// @param patience for the others, here and in every average
  /// @throws WorkersException when they do not come
  public static GlooWorkers join(Rendezvous rendezvous, Duration patience) {
    try (PointerScope _ = new PointerScope()) {
      TCPStoreOptions options = new TCPStoreOptions();
      options.port((short) rendezvous.port());
      options.isServer(rendezvous.rank() == 0);
      options.waitWorkers(false);
      options.timeout(new Milliseconds(patience.toMillis()));
      TCPStore store = new TCPStore(rendezvous.address(), options);
      ProcessGroupGloo.Options gloo =
          ProcessGroupGloo.Options.create(new Milliseconds(patience.toMillis()));
      gloo.devices().push_back(ProcessGroupGloo.createDeviceForHostname(rendezvous.address()));
      ProcessGroupGloo group =
          new ProcessGroupGloo(store, rendezvous.rank(), rendezvous.workers(), gloo);
      store.retainReference();
      group.retainReference();
      return new GlooWorkers(rendezvous, store, group);
    } catch (RuntimeException e) {
      throw new WorkersException(
          "the "
              + rendezvous.workers()
              + " workers did not meet at "
              + rendezvous.address()
              + ":"
              + rendezvous.port()
              + " ("
              + firstLine(e)
              + "); start all of them, with the same MASTER_ADDR and MASTER_PORT",
          e);
    }
  }

  @Override
  public int rank() {
    return rendezvous.rank();
  }

  @Override
  public int count() {
    return rendezvous.workers();
  }

  @Override
  public void average(List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      return;
    }
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      TensorVector flat = new TensorVector();
      tensors.forEach(tensor -> flat.push_back(tensor.detach().reshape(-1)));
      Tensor all = torch.cat(flat, 0);
      group.allreduce(new TensorVector(all))._wait();
      all.mul_(new Scalar(1.0 / count()));
      long from = 0;
      for (Tensor tensor : tensors) {
        long size = tensor.numel();
        tensor.detach().copy_(all.narrow(0, from, size).reshape(tensor.shape()));
        from += size;
      }
    } catch (RuntimeException e) {
      throw new WorkersException(
          "a worker is lost ("
              + firstLine(e)
              + "); the last checkpoint is whole: start all workers again with --resume",
          e);
    }
  }

  /// What went wrong, without the place in libtorch's sources.
  private static String firstLine(RuntimeException e) {
    return String.valueOf(e.getMessage())
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("^\\[[^]]*] ", "");
  }

  @Override
  public void close() {
    group.close();
    store.close();
  }
}
