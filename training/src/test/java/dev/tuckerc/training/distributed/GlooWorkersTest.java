package dev.tuckerc.training.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.RateSchedule;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.Products;
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
  private static Settings settings(boolean synchronizedStatistics) {
    return new Settings(
        2,
        16,
        0.02,
        new RateSchedule.Cosine(),
        Settings.Algorithm.SGD,
        0.9,
        1e-4,
        Products.FP32,
        Double.POSITIVE_INFINITY,
        0,
        synchronizedStatistics,
        0,
        0,
        4,
        Augmentation.NONE,
        5,
        1,
        Optional.empty());
  }

  private static List<Double> losses(Graph network, Settings settings, Workers workers) {
    List<Double> losses = new ArrayList<>();
    Trainer.Samples samples =
        new Trainer.Samples(SmallTask.samples(128, 1), Optional.of(SmallTask.samples(50, 2)));
    try (TrainableModel model = TrainableModel.of(network);
        Trainer trainer =
            new Trainer(
                model,
                Optional.empty(),
                Method.NONE,
                settings,
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
    List<Double> alone = losses(SmallTask.plainNetwork(), settings(false), Workers.ALONE);
    for (List<Double> losses : together(count, SmallTask.plainNetwork(), settings(false))) {
      assertThat(losses).hasSameSizeAs(alone);
      assertThat(farthest(losses, alone)).isLessThan(1e-4);
    }
  }

  @Test
  void statisticsOfTheWholeBatchGiveTheCurveOfOneWorker() throws Exception {
    List<Double> alone = losses(SmallTask.network(), settings(true), Workers.ALONE);
    for (List<Double> losses : together(2, SmallTask.network(), settings(true))) {
      assertThat(losses).hasSameSizeAs(alone);
      assertThat(farthest(losses, alone)).isLessThan(1e-4);
    }
    for (List<Double> losses : together(2, SmallTask.network(), settings(false))) {
      assertThat(farthest(losses, alone)).isGreaterThan(1e-3);
    }
  }

  private static double farthest(List<Double> some, List<Double> others) {
    double most = 0;
    for (int i = 0; i < some.size(); i++) {
      most = Math.max(most, Math.abs(some.get(i) - others.get(i)));
    }
    return most;
  }

  private static List<List<Double>> together(int count, Graph network, Settings settings)
      throws Exception {
    List<List<Double>> losses = new ArrayList<>();
    int port = freePort();
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Future<List<Double>>> all = new ArrayList<>();
      for (int rank = 0; rank < count; rank++) {
        Rendezvous rendezvous = new Rendezvous("127.0.0.1", port, rank, count);
        all.add(
            threads.submit(() -> {
              try (Workers workers = GlooWorkers.join(rendezvous, Duration.ofSeconds(60))) {
                return losses(network, settings, workers);
              }
            }));
      }
      for (Future<List<Double>> one : all) {
        losses.add(one.get());
      }
    }
    return losses;
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
