package dev.tuckerc.training.haloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallNetwork;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.haloc.SearchSpace.SearchLayer;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.LayerCost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HalocTest {
  private static final int CHANNELS = 32;
  private static final int EPOCHS = 8;
  private static final List<String> TUCKER = List.of("R-C-E", "RC-E", "R-CE");

  @TempDir Path folder;

  @BeforeEach
  void oneThread() {
    Torch.useThreads(1);
  }

  /// The first convolution is nearly of rank 8, the second of full rank.
  private static Graph graph(Dim batch) {
    SmallNetwork network = new SmallNetwork(7, batch, CHANNELS, 5);
    Tensor tail = network.normal(0.003, CHANNELS, CHANNELS, 3, 3);
    Tensor simple = lowRank(network.normal(0.06, CHANNELS, CHANNELS, 3, 3));
    Value x = network.convolution("simple", network.input(), sum(simple, tail), 1);
    Tensor rich = network.normal(0.06, CHANNELS, CHANNELS, 3, 3);
    x = network.convolution("rich", network.relu(x), rich, 1);
    return network.classifier(network.relu(x), 4);
  }

  /// The part of a weight at ranks 8.
  private static Tensor lowRank(Tensor weight) {
    try (Factorizer factorizer = new Factorizer(weight, 1)) {
      return factorizer.tucker(8, 8).reconstruct().convert(DataType.F32);
    }
  }

  private static Tensor sum(Tensor a, Tensor b) {
    float[] values = a.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) b.getDouble(i);
    }
    return Tensor.ofFloats(a.shape(), values);
  }

  private static SearchSpace space(Graph trained) {
    return space(trained, TUCKER);
  }

  private static SearchSpace space(Graph trained, List<String> forms) {
    return space(trained, forms, 8);
  }

  private static SearchSpace space(Graph trained, List<String> forms, int quantum) {
    return space(graph(Dim.of(1)), trained, forms, quantum);
  }

  private static SearchSpace space(Graph compiled, Graph trained, List<String> forms, int quantum) {
    return SearchSpace.of(
        compiled,
        trained,
        LayerCost.of(PassContext.of(Precision.FP32)),
        new DecompositionOptions(forms, false),
        quantum,
        Unit.MULTIPLY_ACCUMULATES);
  }

  private static final Trainer.Listener SILENT =
      new Trainer.Listener() {
        @Override
        public void step(int e, int step, int steps, double loss, double accuracy, double rate) {}

        @Override
        public void epoch(EpochRecord epoch) {}
      };

  /// What a search ended with.
  private record Outcome(
      SearchSpace space,
      List<Candidate> mostProbable,
      List<Candidate> chosen,
      Map<String, List<Double>> tensors) {}

  private static Haloc.Options options(SearchSpace space, double share, long seed) {
    return new Haloc.Options(share * space.denseCost(), EPOCHS, 0.1, 1, seed);
  }

  private static Trainer trainer(TrainableModel model, Method method) {
    Trainer.Samples samples =
        new Trainer.Samples(
            SmallNetwork.data(3, 256, List.of((long) CHANNELS, 5L, 5L), 4), Optional.empty());
    return new Trainer(
        model,
        Optional.empty(),
        method,
        SmallNetwork.settings(EPOCHS, 0.002),
        samples,
        Workers.ALONE,
        SILENT);
  }

  private Outcome search(double share, long seed, BooleanSupplier stop) {
    return search(share, seed, TUCKER, stop);
  }

  private Outcome search(double share, long seed, List<String> forms, BooleanSupplier stop) {
    Graph graph = graph(new Dim.Symbolic("N"));
    SearchSpace space = space(graph, forms);
    try (TrainableModel model = TrainableModel.of(graph);
        Haloc method = new Haloc(model, space, options(space, share, seed));
        Trainer trainer = trainer(model, method)) {
      Optional<Path> checkpoints = Optional.of(folder);
      if (trainer.run(checkpoints, false, stop) == Trainer.End.STOPPED) {
        try (TrainableModel again = TrainableModel.of(graph);
            Haloc resumed = new Haloc(again, space, options(space, share, seed));
            Trainer second = trainer(again, resumed)) {
          second.run(checkpoints, true, () -> false);
          return outcome(space, again, resumed);
        }
      }
      return outcome(space, model, method);
    }
  }

  private static Outcome outcome(SearchSpace space, TrainableModel model, Haloc method) {
    Map<String, List<Double>> tensors = new LinkedHashMap<>();
    method.parameters().forEach(p -> tensors.put(p.name(), list(p.tensor())));
    model.trained().forEach(p -> tensors.put(p.name(), list(p.tensor())));
    return new Outcome(space, method.mostProbable(), method.chosen(), tensors);
  }

  private static List<Double> list(org.bytedeco.pytorch.Tensor tensor) {
    List<Double> values = new ArrayList<>();
    for (double value : HostTensors.toHost(tensor).toDoubles()) {
      values.add(value);
    }
    return values;
  }

  @Test
  void theSpaceHasMultiplesOfTheQuantumAndTheDenseLayer() {
    SearchSpace space = space(graph(new Dim.Symbolic("N")));
    assertThat(space.layers()).hasSize(2);
    for (SearchLayer layer : space.layers()) {
      assertThat(
              layer.candidates().stream()
                  .map(c -> c.ranks(CHANNELS, CHANNELS).orElseThrow().in())
                  .toList())
          .containsExactly(8, 16, 24, 32);
      assertThat(layer.candidates().getLast().form()).isEmpty();
      assertThat(layer.candidates().stream().map(Candidate::cost).toList())
          .containsExactly(25.0 * 1088, 25.0 * 3328, 25.0 * 6720, 25.0 * 9216);
    }
    assertThat(space.fixedCost()).isEqualTo(4 * CHANNELS);
  }

  @Test
  void aQuantumThatLeavesNoRanksIsNamed() {
    Graph graph = graph(new Dim.Symbolic("N"));
    assertThatThrownBy(() -> space(graph, List.of(), 1000))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("multiples of 1000 (--quantum)");
  }

  @Test
  void thatGroupsAreNotSearchedIsSaid() {
    Graph compiled = grouped(Dim.of(1));
    Graph trained = grouped(new Dim.Symbolic("N"));
    assertThatThrownBy(() -> space(compiled, trained, List.of(), 1))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("no convolution of more than one tap and one group has ranks");
  }

  private static Graph grouped(Dim batch) {
    SmallNetwork network = new SmallNetwork(7, batch, CHANNELS, 5);
    Value weight = network.constant("weight", network.normal(0.06, CHANNELS, CHANNELS / 2, 3, 3));
    Window window = Window.of(List.of(3L, 3L));
    Convolution convolution =
        new Convolution(network.input(), weight, Optional.empty(), window, 2, Epilogue.NONE);
    return network.classifier(network.add(convolution, "grouped", "Conv"), 4);
  }

  @Test
  void sumsOfTermsAreCandidatesToo() {
    SearchSpace space = space(graph(new Dim.Symbolic("N")), List.of());
    for (SearchLayer layer : space.layers()) {
      List<Candidate> terms = layer.candidates().stream().filter(c -> c.terms() > 0).toList();
      assertThat(terms.stream().map(Candidate::terms).toList())
          .containsExactly(8, 16, 24, 32, 40, 48, 56, 64);
      assertThat(terms.getFirst().cost()).isEqualTo(25.0 * 8 * (CHANNELS + 9 + CHANNELS));
      assertThat(terms.getFirst().ranks(CHANNELS, CHANNELS)).isEmpty();
    }
    assertThat(space(graph(new Dim.Symbolic("N")), List.of("R-D-E")).layers())
        .allSatisfy(layer -> assertThat(layer.candidates()).hasSize(9));
  }

  /// As a sum of terms a weight is projected onto what their inputs and taps span.
  @Test
  void aWeightThatIsASumOfTermsIsItsOwnTruncation() {
    Graph graph = graph(new Dim.Symbolic("N"));
    SearchSpace space = space(graph, List.of("R-D-E"));
    try (TrainableModel model = TrainableModel.of(graph);
        Haloc method = new Haloc(model, space, options(space, 0.5, 1))) {
      org.bytedeco.pytorch.Tensor master = model.constant(space.layers().get(1).layer().weight());
      List<Candidate> eight =
          space.layers().stream().map(layer -> layer.candidates().getFirst()).toList();
      Tensor sum;
      try (Factorizer factorizer = new Factorizer(HostTensors.toHost(master), 1)) {
        sum = factorizer.canonical(8).reconstruct().convert(DataType.F32);
      }
      Tensor cut = method.truncations(eight).get(1);
      assertThat(distance(cut, HostTensors.toHost(master))).isBetween(0.5, 0.99);
      HostTensors.copy(sum, master);
      method.afterEpoch(1);
      assertThat(distance(method.truncations(eight).get(1), sum)).isLessThan(1e-2);
      // Its outputs follow between two refreshes, its inputs and taps do not.
      HostTensors.copy(scaledOutputs(sum), master);
      assertThat(distance(method.truncations(eight).get(1), scaledOutputs(sum))).isLessThan(1e-2);
    }
  }

  private static Tensor scaledOutputs(Tensor weight) {
    float[] values = weight.toFloats();
    int perOutput = values.length / CHANNELS;
    for (int i = 0; i < values.length; i++) {
      values[i] *= 1 + i / perOutput % 3;
    }
    return Tensor.ofFloats(weight.shape(), values);
  }

  @Test
  void theSearchFindsWhatTheExactChoiceIs() {
    Outcome found = search(0.3, 1, () -> false);
    assertThat(found.chosen()).isEqualTo(exact(found.space(), 0.3 * found.space().denseCost()));
    // Without a price for time every layer would stay as large as it can.
    assertThat(found.space().cost(found.mostProbable()))
        .isLessThanOrEqualTo(0.3 * found.space().denseCost());
  }

  /// The choice that keeps most of the weights' squared norm within a budget.
  private static List<Candidate> exact(SearchSpace space, double budget) {
    double[][] values = new double[2][];
    double[][] costs = new double[2][];
    for (int i = 0; i < 2; i++) {
      SearchLayer layer = space.layers().get(i);
      values[i] = layer.candidates().stream().mapToDouble(c -> -loss(layer, c)).toArray();
      costs[i] = layer.candidates().stream().mapToDouble(Candidate::cost).toArray();
    }
    int[] chosen = Knapsack.choose(values, costs, budget - space.fixedCost());
    return List.of(
        space.layers().get(0).candidates().get(chosen[0]),
        space.layers().get(1).candidates().get(chosen[1]));
  }

  private static double loss(SearchLayer layer, Candidate candidate) {
    if (candidate.form().isEmpty()) {
      return 0;
    }
    try (Factorizer factorizer = layer.layer().factorizer()) {
      return Math.pow(candidate.form().get().factorize(factorizer).relativeError(), 2);
    }
  }

  @Test
  void aSeedRepeatsAndAnotherDoesNot() {
    Map<String, List<Double>> first = search(0.5, 1, () -> false).tensors();
    assertThat(search(0.5, 1, () -> false).tensors()).isEqualTo(first);
    assertThat(search(0.5, 2, () -> false).tensors().get("logits rich#1"))
        .isNotEqualTo(first.get("logits rich#1"));
  }

  @Test
  void aResumedSearchIsTheSame() {
    Map<String, List<Double>> whole = search(0.5, 1, List.of(), () -> false).tensors();
    for (int after : new int[] {3, 12, 21}) {
      int[] steps = {0};
      assertThat(search(0.5, 1, List.of(), () -> ++steps[0] == after).tensors())
          .describedAs("stopped after step " + after)
          .isEqualTo(whole);
    }
  }

  @Test
  void candidatesAreTruncationsOfThePresentWeightWhichStaysWhole() {
    Graph graph = graph(new Dim.Symbolic("N"));
    SearchSpace space = space(graph);
    try (TrainableModel model = TrainableModel.of(graph);
        Haloc method = new Haloc(model, space, options(space, 0.5, 1))) {
      SearchLayer rich = space.layers().get(1);
      org.bytedeco.pytorch.Tensor master = model.constant(rich.layer().weight());
      List<Candidate> least =
          space.layers().stream().map(layer -> layer.candidates().getFirst()).toList();
      List<Candidate> dense =
          space.layers().stream().map(layer -> layer.candidates().getLast()).toList();
      assertThat(distance(method.truncations(dense).get(1), HostTensors.toHost(master)))
          .isLessThan(1e-5);
      // A weight that is of rank 8 by now is its own truncation after the next epoch of weights.
      Tensor now =
          lowRank(new SmallNetwork(99, Dim.of(1), 1, 1).normal(1, CHANNELS, CHANNELS, 3, 3));
      HostTensors.copy(now, master);
      assertThat(distance(method.truncations(least).get(1), now)).isGreaterThan(0.1);
      method.afterEpoch(1);
      assertThat(distance(method.truncations(least).get(1), now)).isLessThan(1e-5);
    }
  }

  private static double distance(Tensor a, Tensor b) {
    double apart = 0;
    double norm = 0;
    for (int i = 0; i < a.size(); i++) {
      apart += Math.pow(a.getDouble(i) - b.getDouble(i), 2);
      norm += Math.pow(b.getDouble(i), 2);
    }
    return Math.sqrt(apart / norm);
  }

  @Test
  void theRankFileNamesEveryLayer() {
    SearchSpace space = space(graph(new Dim.Symbolic("N")));
    List<Candidate> chosen =
        List.of(
            space.layers().get(0).candidates().get(0), space.layers().get(1).candidates().get(3));
    assertThat(RankFile.text(space, chosen))
        .isEqualTo(
            """
            {
              "simple" : {
                "in" : 8,
                "out" : 8
              },
              "rich" : "dense"
            }
            """);
  }

  @Test
  void aTargetOutOfReachIsNamed() {
    Graph graph = graph(new Dim.Symbolic("N"));
    SearchSpace space = space(graph);
    try (TrainableModel model = TrainableModel.of(graph)) {
      assertThatThrownBy(() -> new Haloc(model, space, options(space, 0.05, 1)))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("no ranks reach the target");
    }
  }
}
