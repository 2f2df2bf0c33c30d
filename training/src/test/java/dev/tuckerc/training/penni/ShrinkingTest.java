package dev.tuckerc.training.penni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallNetwork;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShrinkingTest {
  private static final int KERNELS = 3;

  /// A residual network with bases, some of whose channels are dead.
  private static final class Residual {
    private final SmallNetwork network;
    private final double dead;
    private final Map<Value, SharedBasis> bases = new IdentityHashMap<>();

    Residual(long seed, double dead) {
      network = new SmallNetwork(seed, Dim.of(2), 3, 8);
      this.dead = dead;
    }

    Graph graph() {
      Value x = network.relu(layer("stem", network.input(), 3, 10, 3, 1));
      x = block("block1", x, 10, 10, 1);
      x = block("block2", x, 10, 14, 2);
      x = block("block3", x, 14, 14, 1);
      return network.classifier(x, 5);
    }

    private Value block(String name, Value x, int inputs, int outputs, long stride) {
      Value y = network.relu(layer(name + ".conv1", x, inputs, outputs, 3, stride));
      y = layer(name + ".conv2", y, outputs, outputs, 3, 1);
      Value shortcut = inputs == outputs ? x : layer(name + ".down", x, inputs, outputs, 1, stride);
      return network.relu(network.sum(y, shortcut));
    }

    private Value layer(String name, Value x, int inputs, int outputs, int taps, long stride) {
      int kernels = taps == 1 ? 1 : KERNELS;
      double[] coefficients = network.normal(0.5, outputs, inputs, kernels).toDoubles();
      for (int output = 0; output < outputs; output++) {
        boolean gone = network.random().nextDouble() < dead;
        for (int i = 0; i < inputs * kernels; i++) {
          if (gone || network.random().nextDouble() < 0.3) {
            coefficients[output * inputs * kernels + i] = 0;
          }
        }
      }
      double[] kernel =
          taps == 1 ? new double[] {1} : network.normal(0.5, kernels, taps * taps).toDoubles();
      SharedBasis basis =
          new SharedBasis(outputs, inputs, kernels, taps * taps, coefficients, kernel);
      Tensor weight =
          Tensor.ofDoubles(
                  List.of((long) outputs, (long) inputs, (long) taps, (long) taps), basis.weight())
              .convert(dev.tuckerc.tensor.DataType.F32);
      Value y = network.convolution(name, x, weight, stride);
      if (taps > 1) {
        Convolution op = (Convolution) definition(y);
        bases.put(op.weight(), basis);
      }
      float[] variance = new float[outputs];
      Arrays.fill(variance, 0.7f);
      return network.add(
          new BatchNormalization(
              y,
              network.constant(name + ".gamma", network.normal(1, outputs)),
              network.constant(name + ".beta", network.normal(0.5, outputs)),
              network.constant(name + ".mean", network.normal(0.5, outputs)),
              network.constant(
                  name + ".variance", Tensor.ofFloats(List.of((long) outputs), variance)),
              1e-5),
          name + ".norm",
          "BatchNormalization");
    }

    private dev.tuckerc.ir.Op definition(Value value) {
      return network.nodes().stream()
          .filter(node -> node.result() == value)
          .findFirst()
          .orElseThrow()
          .op();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void outputsStayAndChannelsGo(long seed) {
    Residual residual = new Residual(seed, 0.5);
    Graph graph = residual.graph();
    Shrinking.Result shrunk = Shrinking.of(graph, residual.bases);
    Verifier.verify(shrunk.graph());
    assertSameOutputs(graph, shrunk.graph(), seed);
    assertThat(shrunk.after().channels()).isLessThan(shrunk.dense().channels());
    assertThat(shrunk.after().weights()).isLessThan(shrunk.dense().weights() / 2);
    // With plain weights the same channels go, and a second time nothing is left to remove.
    Shrinking.Result plain = Shrinking.of(graph, Map.of());
    assertSameOutputs(graph, plain.graph(), seed);
    assertThat(plain.after().channels()).isEqualTo(shrunk.after().channels());
    assertThat(Shrinking.of(plain.graph(), Map.of()).after().channels())
        .isEqualTo(shrunk.after().channels());
  }

  @Test
  void aLivingNetworkKeepsItsChannels() {
    Residual residual = new Residual(11, 0);
    Graph graph = residual.graph();
    Shrinking.Result shrunk = Shrinking.of(graph, residual.bases);
    assertSameOutputs(graph, shrunk.graph(), 11);
    assertThat(shrunk.after().channels()).isEqualTo(shrunk.dense().channels());
  }

  @Test
  void aWholeDeadNetworkKeepsAChannelOfEachGroup() {
    Residual residual = new Residual(12, 1);
    Graph graph = residual.graph();
    Shrinking.Result shrunk = Shrinking.of(graph, residual.bases);
    assertSameOutputs(graph, shrunk.graph(), 12);
    // The groups: stem and block 1, block 2 and 3, and the middle of every block.
    assertThat(shrunk.after().channels()).isEqualTo(5);
  }

  private static void assertSameOutputs(Graph before, Graph after, long seed) {
    Tensor x = new SmallNetwork(seed, Dim.of(2), 3, 8).normal(1, 2, 3, 8, 8);
    double[] wanted = Interpreter.run(before, Map.of("x", x)).get("scores").toDoubles();
    double[] computed = Interpreter.run(after, Map.of("x", x)).get("scores").toDoubles();
    double scale = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < wanted.length; i++) {
      assertThat(computed[i]).isCloseTo(wanted[i], within(1e-5 * Math.max(1, scale)));
    }
  }
}
