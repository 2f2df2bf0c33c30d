package dev.tuckerc.training.penni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallNetwork;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method.OwnParameter;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PenniTest {
  private final Graph graph = graph();
  private final TrainableModel model = TrainableModel.of(graph);

  private static Graph graph() {
    SmallNetwork network = new SmallNetwork(5, new Dim.Symbolic("N"), 3, 8);
    Value x =
        network.relu(
            network.convolution("conv1", network.input(), network.normal(0.4, 8, 3, 3, 3), 1));
    x = network.relu(network.convolution("conv2", x, network.normal(0.2, 8, 8, 3, 3), 1));
    return network.classifier(x, 3);
  }

  @BeforeEach
  void oneThread() {
    Torch.useThreads(1);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private static Map<String, float[]> factors(Penni method) {
    Map<String, float[]> factors = new LinkedHashMap<>();
    for (OwnParameter parameter : method.parameters()) {
      factors.put(parameter.name(), HostTensors.toHost(parameter.tensor()).toFloats());
    }
    return factors;
  }

  private static void train(
      TrainableModel model, Penni method, int epochs, Consumer<EpochRecord> afterEpoch) {
    Trainer.Samples samples =
        new Trainer.Samples(SmallNetwork.data(3, 256, List.of(3L, 8L, 8L), 3), Optional.empty());
    Trainer.Listener listener =
        new Trainer.Listener() {
          @Override
          public void step(int e, int step, int steps, double loss, double accuracy, double rate) {}

          @Override
          public void epoch(EpochRecord epoch) {
            afterEpoch.accept(epoch);
          }
        };
    Settings settings = SmallNetwork.settings(epochs, 0.01);
    try (Trainer trainer =
        new Trainer(model, Optional.empty(), method, settings, samples, Workers.ALONE, listener)) {
      trainer.run(Optional.empty(), false, () -> false);
    }
  }

  @Test
  void theFullBasisIsTheWeight() {
    try (Penni method = new Penni(model, 8, 0, 1);
        PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      // Eight kernels of nine taps: nearly all of the weight.
      method
          .weights(Mode.INFERENCE)
          .forEach((value, product) -> {
            float[] now = HostTensors.toHost(product).toFloats();
            float[] was = HostTensors.toHost(model.constant(value)).toFloats();
            double apart = 0;
            double norm = 0;
            for (int i = 0; i < now.length; i++) {
              apart += Math.pow(now[i] - was[i], 2);
              norm += Math.pow(was[i], 2);
            }
            assertThat(apart).isBetween(1e-9 * norm, 0.1 * norm);
          });
    }
  }

  @Test
  void theFrozenFactorDoesNotMove() {
    try (Penni method = new Penni(model, 5, 1e-2, 1)) {
      List<Map<String, float[]>> seen = new ArrayList<>(List.of(factors(method)));
      train(model, method, 4, _ -> seen.add(factors(method)));
      for (int epoch = 0; epoch < 4; epoch++) {
        String frozen = epoch % 2 == 0 ? "basis" : "coefficients";
        for (String name : seen.get(epoch).keySet()) {
          float[] before = seen.get(epoch).get(name);
          float[] after = seen.get(epoch + 1).get(name);
          if (name.startsWith(frozen)) {
            assertThat(after).describedAs(name).containsExactly(before);
          } else {
            assertThat(after).describedAs(name).isNotEqualTo(before);
          }
        }
      }
    }
  }

  @Test
  void theMagnitudeOfTheCoefficientsIsPenalized() {
    double[] sums = new double[2];
    for (int i = 0; i < 2; i++) {
      try (TrainableModel fresh = TrainableModel.of(graph);
          Penni method = new Penni(fresh, 5, i == 0 ? 0 : 1, 1)) {
        train(fresh, method, 1, _ -> {});
        for (SharedBasis basis : method.bases().values()) {
          sums[i] += Arrays.stream(basis.coefficients()).map(Math::abs).sum();
        }
      }
    }
    assertThat(sums[1]).isLessThan(0.9 * sums[0]);
  }

  @Test
  void prunedCoefficientsStayZeroAndTheModelIsTheShrunkOne() {
    try (Penni method = new Penni(model, 5, 1e-3, 1)) {
      train(model, method, 2, _ -> {});
      method.prune(1);
      double sparsity = method.sparsity();
      assertThat(sparsity).isBetween(0.4, 0.95);
      train(model, method, 2, _ -> {});
      long zeros = 0;
      long all = 0;
      for (SharedBasis basis : method.bases().values()) {
        zeros += basis.coefficients().length - basis.nonzeros();
        all += basis.coefficients().length;
      }
      assertThat((double) zeros / all).isGreaterThanOrEqualTo(sparsity - 1e-6);
      assertSameScores(method, Shrinking.of(model, method).graph());
    }
  }

  private void assertSameScores(Penni method, Graph shrunk) {
    Tensor x = SmallNetwork.data(9, 4, List.of(3L, 8L, 8L), 3).samples(0, 4);
    try (TrainableModel smaller = TrainableModel.of(shrunk);
        PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      List<org.bytedeco.pytorch.Tensor> input = List.of(HostTensors.toTorch(x));
      float[] wanted =
          HostTensors.toHost(
                  model.run(input, Mode.INFERENCE, method.weights(Mode.INFERENCE)).getFirst())
              .toFloats();
      float[] computed =
          HostTensors.toHost(smaller.run(input, Mode.INFERENCE, Map.of()).getFirst()).toFloats();
      for (int i = 0; i < wanted.length; i++) {
        assertThat(computed[i]).isCloseTo(wanted[i], org.assertj.core.api.Assertions.within(1e-5f));
      }
    }
  }

  @Test
  void aModelWithoutLargeKernelsIsRefused() {
    assertThatThrownBy(() -> new Penni(model, 9, 0, 1))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("no convolution of more than 9 taps");
  }
}
