package dev.tuckerc.training.haloc;

import dev.tuckerc.ir.Value;
import dev.tuckerc.training.finetune.Adam;
import dev.tuckerc.training.finetune.FeatureDistance;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.haloc.SearchSpace.SearchLayer;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Hardware-aware automatic low-rank compression (Xiao et al., AAAI 2023): ranks by differentiable
/// architecture search.
///
/// Every layer runs as a [Mixture] of its candidates. Epochs alternate: in one only the logits of
/// the candidates learn, in the next only the weights. The shares of the candidates are drawn anew
/// in every step (Gumbel-softmax, Jang et al. 2017), at a temperature that falls from epoch to
/// epoch. While the logits learn and the expected cost is above the target, it has a price: the
/// loss grows by `price * loss * (cost / target - 1)`, and the price rises by what the cost is
/// above the target. While either learns, the outputs of the layers are drawn to those of the
/// original model, less and less.
///
/// What the paper leaves open (optimizer and rate of the logits, temperatures) is that of the
/// nearest public code of its first author. That code multiplies the loss by `(cost / target)^1.5`,
/// which is the price at the start; at a small share of the dense model's cost a constant one lets
/// the search settle far above the target, where ranks are worth more than that. Nor does the paper
/// say where the logits start: here it is at [StartLogits].
public final class Haloc implements Method, AutoCloseable {
  private static final double FIRST_TEMPERATURE = 5;
  private static final double LAST_TEMPERATURE = 0.1;
  private static final double FIRST_PRICE = 1.5;

  /// Decides between candidates that compute the same.
  private static final double PRICE_BELOW_TARGET = 0.001;

  private static final double LOGIT_MOMENTUM = 0.9;
  private static final double LOGIT_DECAY = 5e-4;

  private final SearchSpace space;
  private final TrainableModel teacher;
  private final Options options;
  private final List<Mixture> mixtures = new ArrayList<>();
  private final Adam optimizer;
  private final Tensor progress;
  private final Tensor price;
  private double excess;

  /// @param target of the whole model, in the unit of the search space
  /// @param epochs of the whole search
  /// @param logitRate learning rate of the logits, and of the price
  /// @param features weight, in the first epoch, of the outputs' distance from the original model's
  /// @param seed of the draws
  public record Options(double target, int epochs, double logitRate, double features, long seed) {}

  /// @param space of the model's graph
  /// @throws TrainingException when no choice of ranks reaches the target
  public Haloc(TrainableModel model, SearchSpace space, Options options) {
    if (space.leastCost() > options.target()) {
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "no ranks reach the target of %.6g %s: the least is %.6g, dense layers take %.6g",
              options.target(),
              space.unit(),
              space.leastCost(),
              space.denseCost()));
    }
    this.space = space;
    this.options = options;
    this.teacher = TrainableModel.of(model.source());
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      progress = HostTensors.toTorch(List.of(2L), 0, 0).retainReference();
      price = HostTensors.toTorch(List.of(1L), (float) FIRST_PRICE).retainReference();
    }
    for (SearchLayer layer : space.layers()) {
      mixtures.add(new Mixture(layer, model.constant(layer.layer().weight())));
    }
    start();
    Map<String, Tensor> logits = new LinkedHashMap<>();
    mixtures.forEach(mixture -> logits.put(name(mixture), mixture.logits()));
    this.optimizer = new Adam(logits, LOGIT_MOMENTUM, LOGIT_DECAY, Double.POSITIVE_INFINITY);
  }

  private void start() {
    List<double[]> lost = mixtures.stream().map(Mixture::lostShares).toList();
    List<double[]> logits = StartLogits.of(space, lost, options.target());
    for (int i = 0; i < mixtures.size(); i++) {
      double[] own = logits.get(i);
      HostTensors.copy(
          dev.tuckerc.tensor.Tensor.ofDoubles(List.of((long) own.length), own),
          mixtures.get(i).logits());
    }
  }

  private int epoch() {
    return (int) HostTensors.toHost(progress).getDouble(0);
  }

  /// Whether an epoch is one of the logits; the others are of the weights.
  private static boolean learnsLogits(int epoch) {
    return epoch % 2 == 0;
  }

  private static String name(Mixture mixture) {
    return "logits " + mixture.name();
  }

  @Override
  public List<OwnParameter> parameters() {
    return mixtures.stream().map(m -> new OwnParameter(name(m), m.logits())).toList();
  }

  /// The logits have an optimizer of their own.
  @Override
  public boolean isFrozen(String parameter, int epoch) {
    return learnsLogits(epoch) || mixtures.stream().anyMatch(m -> name(m).equals(parameter));
  }

  @Override
  public Map<Value, Tensor> weights(Mode mode) {
    boolean logits = learnsLogits(epoch());
    List<Tensor> drawn =
        switch (mode) {
          case TRAINING -> draw();
          case INFERENCE -> mostProbableShares();
        };
    Map<Value, Tensor> weights = new IdentityHashMap<>();
    for (int i = 0; i < mixtures.size(); i++) {
      Tensor share = logits ? drawn.get(i) : drawn.get(i).detach();
      Mixture mixture = mixtures.get(i);
      weights.put(mixture.layer().layer().weight(), mixture.weight(share, !logits));
    }
    return weights;
  }

  /// Shares of the candidates for this step: `softmax((log p + g) / temperature)` with `g` from the
  /// Gumbel distribution.
  private List<Tensor> draw() {
    dev.tuckerc.tensor.Tensor at = HostTensors.toHost(progress);
    SplittableRandom random =
        new SplittableRandom(
            (options.seed() * 0x9E3779B97F4A7C15L + (long) at.getDouble(0)) * 0xBF58476D1CE4E5B9L
                + (long) at.getDouble(1));
    double temperature = temperature();
    List<Tensor> drawn = new ArrayList<>();
    for (Mixture mixture : mixtures) {
      float[] noise = new float[mixture.layer().candidates().size()];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (float) -Math.log(-Math.log(random.nextDouble(Double.MIN_NORMAL, 1)));
      }
      Tensor sum =
          mixture
              .logits()
              .log_softmax(0)
              .add(HostTensors.toTorch(List.of((long) noise.length), noise));
      drawn.add(sum.mul(new Scalar(1 / temperature)).softmax(0));
    }
    return drawn;
  }

  private double temperature() {
    double done = options.epochs() > 1 ? (double) epoch() / (options.epochs() - 1) : 1;
    return FIRST_TEMPERATURE * Math.pow(LAST_TEMPERATURE / FIRST_TEMPERATURE, done);
  }

  private List<Tensor> mostProbableShares() {
    List<Tensor> all = new ArrayList<>();
    for (Mixture mixture : mixtures) {
      float[] one = new float[mixture.layer().candidates().size()];
      one[greatest(mixture)] = 1;
      all.add(HostTensors.toTorch(List.of((long) one.length), one));
    }
    return all;
  }

  private static int greatest(Mixture mixture) {
    float[] logits = HostTensors.toHost(mixture.logits()).toFloats();
    int greatest = 0;
    for (int i = 1; i < logits.length; i++) {
      greatest = logits[i] > logits[greatest] ? i : greatest;
    }
    return greatest;
  }

  @Override
  public List<Value> watched() {
    return options.features() > 0
        ? mixtures.stream()
            .flatMap(m -> m.layer().users().stream())
            .map(l -> l.node().result())
            .toList()
        : List.of();
  }

  private FeatureDistance distance() {
    return new FeatureDistance(teacher, watched(), Products.FP32);
  }

  @Override
  public Tensor loss(Tensor fit, Step step) {
    Tensor loss = fit;
    if (!step.watched().isEmpty()) {
      loss = loss.add(distance().of(step.input(), step.watched()).mul(new Scalar(featureWeight())));
    }
    if (learnsLogits(epoch())) {
      Tensor over = expectedCost().mul(new Scalar(1 / options.target())).sub(new Scalar(1));
      excess = over.item_float();
      double now = excess > 0 ? HostTensors.toHost(price).getDouble(0) : PRICE_BELOW_TARGET;
      loss = loss.add(over.mul(new Scalar(now)).mul(loss.detach()));
    }
    return loss;
  }

  /// Cost of the whole model, each layer's the mean over its candidates: by their probabilities as
  /// long as the temperature is high, when draws are nearly equal whatever the logits; towards the
  /// end it is the cost of the most probable ones.
  private Tensor expectedCost() {
    Tensor cost = HostTensors.toTorch(List.of(1L), (float) space.fixedCost()).sum();
    Scalar sharpness = new Scalar(Math.max(1, 1 / temperature()));
    for (Mixture mixture : mixtures) {
      cost = cost.add(mixture.logits().mul(sharpness).softmax(0).dot(mixture.prices()));
    }
    return cost;
  }

  /// Falls in a line to zero after the last epoch.
  private double featureWeight() {
    return options.features() * (1 - (double) epoch() / options.epochs());
  }

  @Override
  public void afterStep() {
    float[] at = HostTensors.toHost(progress).toFloats();
    if (learnsLogits((int) at[0])) {
      optimizer.step(options.logitRate(), _ -> false);
      price.add_(new Scalar(options.logitRate() * Math.max(0, excess)));
    }
    HostTensors.copy(dev.tuckerc.tensor.Tensor.ofFloats(List.of(2L), at[0], at[1] + 1), progress);
  }

  @Override
  public void afterEpoch(int epoch) {
    if (learnsLogits(epoch)) {
      // The moments start anew with the next epoch of logits, for the weights will have changed.
      optimizer.state().values().forEach(Tensor::zero_);
    } else {
      mixtures.forEach(Mixture::refresh);
    }
    HostTensors.copy(dev.tuckerc.tensor.Tensor.ofFloats(List.of(2L), epoch + 1, 0), progress);
  }

  /// The most probable candidate of every layer, whether or not they keep the target together.
  public List<Candidate> mostProbable() {
    return mixtures.stream().map(m -> m.layer().candidates().get(greatest(m))).toList();
  }

  /// The most probable candidates that keep the target together: [#mostProbable] where these do,
  /// else the exact best by [Knapsack].
  public List<Candidate> chosen() {
    if (space.cost(mostProbable()) <= options.target()) {
      return mostProbable();
    }
    double[][] values = new double[mixtures.size()][];
    double[][] costs = new double[mixtures.size()][];
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (int i = 0; i < values.length; i++) {
        Mixture mixture = mixtures.get(i);
        values[i] = HostTensors.toHost(mixture.logits().log_softmax(0)).toDoubles();
        costs[i] = mixture.layer().candidates().stream().mapToDouble(Candidate::cost).toArray();
      }
    }
    int[] best = Knapsack.choose(values, costs, options.target() - space.fixedCost());
    List<Candidate> chosen = new ArrayList<>();
    for (int i = 0; i < best.length; i++) {
      chosen.add(mixtures.get(i).layer().candidates().get(best[i]));
    }
    return chosen;
  }

  /// The layers' weights as truncations: what a candidate of each would compute with now.
  ///
  /// @param candidates one for each layer
  List<dev.tuckerc.tensor.Tensor> truncations(List<Candidate> candidates) {
    List<dev.tuckerc.tensor.Tensor> all = new ArrayList<>();
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (int i = 0; i < mixtures.size(); i++) {
        Mixture mixture = mixtures.get(i);
        int candidate = mixture.layer().candidates().indexOf(candidates.get(i));
        all.add(HostTensors.toHost(mixture.alone(candidate)));
      }
    }
    return all;
  }

  @Override
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("cost", space.cost(mostProbable()));
    figures.put("price", HostTensors.toHost(price).getDouble(0));
    return figures;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("progress", progress);
    state.put("price", price);
    state.putAll(optimizer.state());
    mixtures.forEach(mixture -> state.putAll(mixture.state()));
    return state;
  }

  @Override
  public void close() {
    optimizer.close();
    mixtures.forEach(Mixture::close);
    teacher.close();
    progress.close();
    price.close();
  }
}
