package dev.tuckerc.training.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.RateSchedule;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.TrainableModel;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GlooWorkersTest {
  private static final Settings SETTINGS =
      new Settings(
          2,
          16,
          0.02,
          new RateSchedule.Cosine(),
          0.9,
          1e-4,
          0,
          0,
          4,
          Augmentation.NONE,
          5,
          1,
          Optional.empty());

  private static List<Double> losses(Workers workers) {
    List<Double> losses = new ArrayList<>();
    Trainer.Samples samples =
        new Trainer.Samples(SmallTask.samples(128, 1), Optional.of(SmallTask.samples(50, 2)));
    try (TrainableModel model = TrainableModel.of(SmallTask.plainNetwork());
        Trainer trainer =
            new Trainer(
                model,
                Optional.empty(),
                Method.NONE,
                SETTINGS,
                samples,
                workers,
                new Trainer.Listener() {
                  @Override
                  public void step(int e, int s, int n, double loss, double right, double rate) {
                    losses.add(loss);
                  }

                  @Override
                  public void epoch(EpochRecord epoch) {
                    losses.add(epoch.testLoss().orElseThrow());
                  }
                })) {
      trainer.run(Optional.empty(), false, () -> false);
    }
    return losses;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void severalWorkersLearnAsOneDoes(int count) throws Exception {
    List<Double> alone = losses(Workers.ALONE);
    int port = freePort();
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Future<List<Double>>> all = new ArrayList<>();
      for (int rank = 0; rank < count; rank++) {
        Rendezvous rendezvous = new Rendezvous("127.0.0.1", port, rank, count);
        all.add(
            threads.submit(() -> {
              try (Workers workers = GlooWorkers.join(rendezvous, Duration.ofSeconds(60))) {
                return losses(workers);
              }
            }));
      }
      for (Future<List<Double>> one : all) {
        List<Double> losses = one.get();
        assertThat(losses).hasSameSizeAs(alone);
        for (int i = 0; i < losses.size(); i++) {
          assertThat(losses.get(i)).isCloseTo(alone.get(i), within(1e-4));
        }
      }
    }
  }

  @Test
  void aWorkerThatDoesNotComeIsReported() throws IOException {
    Rendezvous rendezvous = new Rendezvous("127.0.0.1", freePort(), 0, 2);
    assertThatThrownBy(() -> GlooWorkers.join(rendezvous, Duration.ofSeconds(2)).close())
        .isInstanceOf(WorkersException.class)
        .hasMessageContaining("the 2 workers did not meet at 127.0.0.1");
  }

  @Test
  void theEnvironmentIsThatOfTorchrun() {
    assertThat(Rendezvous.of(Map.of())).isEmpty();
    Rendezvous rendezvous = new Rendezvous("host", 29500, 1, 4);
    assertThat(Rendezvous.of(rendezvous.environment())).contains(rendezvous);
    assertThatThrownBy(() -> Rendezvous.of(Map.of("WORLD_SIZE", "2")))
        .isInstanceOf(WorkersException.class)
        .hasMessageContaining("MASTER_ADDR");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
