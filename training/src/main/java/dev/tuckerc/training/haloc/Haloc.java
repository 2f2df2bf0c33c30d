package dev.tuckerc.training.haloc;

import dev.tuckerc.ir.Value;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.haloc.SearchSpace.Candidate;
import dev.tuckerc.training.haloc.SearchSpace.SearchedLayer;
import dev.tuckerc.training.lowrank.LowRankLayer;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Ranks found while the model trains (HALOC, Xiao et al., AAAI 2023).
///
/// Every searched layer runs with the mixture `sum_i m_i P_i(W)` of its truncations, which by
/// linearity is the mixture of their outputs; `m` is drawn by a Gumbel-softmax of the layer's
/// logits (Jang et al. 2017), at a temperature that falls from 5 to 0.1. The loss is multiplied by
/// `(cost / target)^1.5` while the expected cost is above the target. Epochs take turns: in one only
/// the logits move, in the next only the weights. The weights that are trained stay whole: the
/// gradient of the mixture goes to them as it is, and truncations are taken anew after each epoch,
/// so that a rank that shrank can grow again.
///
/// Feature maps of the searched layers are held near those of the original model (relative squared
/// distance, its weight falling to 0), against interference between candidates. What the paper
/// leaves open (constants, schedule) is taken from the first author's public code for a neighbouring
/// method: AdamW at rate 0.01 with decay 5e-4 for the logits, the exponent 1.5, the temperatures.
public final class Haloc implements Method, AutoCloseable {
  private static final double FIRST_TEMPERATURE = 5;
  private static final double LAST_TEMPERATURE = 0.1;
  private static final double EXPONENT = 1.5;
  private static final double LOGIT_RATE = 0.01;
  private static final double LOGIT_DECAY = 5e-4;
  private static final String LOGITS = "logits ";

  private final TrainableModel original;
  private final SearchSpace space;
  private final double target;
  private final double alignment;
  private final int epochs;
  private final long seed;
  private final List<Searched> layers = new ArrayList<>();

  /// Steps, epochs, and steps of the logits that are behind: in a tensor, so that it is part of the
  /// state.
  private final Tensor clock;

  /// One layer under search.
  ///
  /// @param truncated one for each candidate
  private record Searched(
      SearchedLayer layer, Tensor weight, Tensor logits, Adam adam, List<Tensor> truncated) {}

  /// Shares of the candidates in the step that is on, by layer.
  private List<Tensor> shares = List.of();

  /// @param target cost to come down to, in the unit of the space
  /// @param alignment weight of the distance of feature maps in the first epoch; 0 for none
  /// @param epochs of the whole search, by which the temperature falls
  public Haloc(
      TrainableModel model,
      SearchSpace space,
      double target,
      double alignment,
      int epochs,
      long seed) {
    this.original = TrainableModel.of(model.source());
    this.space = space;
    this.target = target;
    this.alignment = alignment;
    this.epochs = epochs;
    this.seed = seed;
    try (PointerScope _ = new PointerScope()) {
      for (SearchedLayer layer : space.layers()) {
        Tensor weight = model.constant(layer.layer().weight());
        List<Tensor> truncated = new ArrayList<>();
        for (Candidate _ : layer.candidates()) {
          truncated.add(weight.detach().clone().retainReference());
        }
        Tensor logits =
            HostTensors.toTorch(
                    List.of((long) truncated.size()), new float[truncated.size()])
                .retainReference();
        logits.requires_grad_(true);
        Adam adam = new Adam(logits, LOGIT_RATE, LOGIT_DECAY);
        layers.add(new Searched(layer, weight, logits, adam, truncated));
      }
      clock = HostTensors.toTorch(List.of(3L), 0, 0, 0).retainReference();
    }
    truncate();
  }

  private int clock(int index) {
    return (int) HostTensors.toHost(clock).getDouble(index);
  }

  private void truncate() {
    for (Searched searched : layers) {
      dev.tuckerc.tensor.Tensor whole = HostTensors.toHost(searched.weight());
      List<Candidate> candidates = searched.layer().candidates();
      for (int i = 0; i < candidates.size(); i++) {
        dev.tuckerc.tensor.Tensor cut =
            candidates.get(i).lowRank().map(low -> low.project(whole)).orElse(whole);
        HostTensors.copy(cut, searched.truncated().get(i));
      }
    }
  }

  /// Whether the logits move in an epoch, and the weights do not.
  private static boolean isSearch(int epoch) {
    return epoch % 2 == 0;
  }

  /// The logits, so that their gradients are averaged over the workers.
  @Override
  public List<OwnParameter> parameters() {
    List<OwnParameter> logits = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      logits.add(new OwnParameter(name(i), layers.get(i).logits()));
    }
    return logits;
  }

  private String name(int layer) {
    return LOGITS + layer + " " + layers.get(layer).layer().layer().name();
  }

  /// The logits have an optimizer of their own.
  @Override
  public boolean isFrozen(String parameter, int epoch) {
    return isSearch(epoch) || parameter.startsWith(LOGITS);
  }

  /// Geometric from the first to the last epoch.
  private double temperature() {
    double progress = epochs < 2 ? 1 : Math.min(1, (double) clock(1) / (epochs - 1));
    return FIRST_TEMPERATURE * Math.pow(LAST_TEMPERATURE / FIRST_TEMPERATURE, progress);
  }

  /// Without gradients, as in a test, every layer has the candidate that is ahead.
  @Override
  public Map<Value, Tensor> weights() {
    Map<Value, Tensor> weights = new IdentityHashMap<>();
    if (!GradMode.is_enabled()) {
      for (Searched searched : layers) {
        weights.put(
            searched.layer().layer().weight(), searched.truncated().get(ahead(searched)));
      }
      return weights;
    }
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + clock(0));
    double temperature = temperature();
    List<Tensor> drawn = new ArrayList<>();
    for (Searched searched : layers) {
      int count = searched.truncated().size();
      float[] noise = new float[count];
      for (int i = 0; i < count; i++) {
        noise[i] = (float) -Math.log(-Math.log(random.nextDouble(1e-12, 1)));
      }
      Tensor share =
          torch.softmax(
              searched
                  .logits()
                  .add(HostTensors.toTorch(List.of((long) count), noise))
                  .div(new Scalar(temperature)),
              0);
      drawn.add(share);
      Tensor all = torch.stack(new TensorVector(searched.truncated().toArray(Tensor[]::new)), 0);
      long[] flat = {count, -1};
      Tensor mixed =
          torch
              .matmul(share.reshape(1, count), all.reshape(flat))
              .reshape(searched.weight().shape());
      // The value of the mixture, with the gradient of the whole weight beside that of the shares.
      Tensor whole = searched.weight();
      weights.put(searched.layer().layer().weight(), mixed.add(whole.sub(whole.detach())));
    }
    shares = drawn;
    return weights;
  }

  @Override
  public List<Value> observed() {
    return alignment > 0
        ? space.layers().stream().map(l -> l.layer().node().result()).toList()
        : List.of();
  }

  @Override
  public Tensor loss(Tensor fit, Tensor samples, List<Tensor> observed) {
    Tensor cost = torch.scalar_tensor(new Scalar(space.fixedCost()));
    for (int i = 0; i < layers.size(); i++) {
      List<Candidate> candidates = layers.get(i).layer().candidates();
      float[] costs = new float[candidates.size()];
      for (int j = 0; j < costs.length; j++) {
        costs[j] = (float) candidates.get(j).cost();
      }
      Tensor each = HostTensors.toTorch(List.of((long) costs.length), costs);
      cost = cost.add(shares.get(i).mul(each).sum());
    }
    Tensor excess = torch.clamp_min(cost.div(new Scalar(target)), new Scalar(1.0));
    Tensor loss = fit.mul(excess.pow(new Scalar(EXPONENT)));
    return observed.isEmpty() ? loss : loss.add(distance(samples, observed));
  }

  private Tensor distance(Tensor samples, List<Tensor> observed) {
    List<Tensor> wanted;
    try (NoGradGuard _ = new NoGradGuard()) {
      wanted = original.evaluate(List.of(samples), Mode.INFERENCE, Map.of(), observed());
    }
    Tensor sum = torch.scalar_tensor(new Scalar(0.0));
    for (int i = 0; i < observed.size(); i++) {
      Tensor apart = observed.get(i).sub(wanted.get(i)).square().mean();
      sum = sum.add(apart.div(wanted.get(i).square().mean()));
    }
    double weight = alignment * Math.max(0, 1 - (double) clock(1) / epochs) / observed.size();
    return sum.mul(new Scalar(weight));
  }

  @Override
  public void afterGradients() {
    boolean search = isSearch(clock(1));
    float[] time = HostTensors.toHost(clock).toFloats();
    time[0]++;
    time[2] += search ? 1 : 0;
    HostTensors.copy(dev.tuckerc.tensor.Tensor.ofFloats(List.of(3L), time), clock);
    if (search) {
      layers.forEach(searched -> searched.adam().step((long) time[2]));
    }
  }

  @Override
  public void afterEpoch(int epoch) {
    float[] time = HostTensors.toHost(clock).toFloats();
    time[1]++;
    HostTensors.copy(dev.tuckerc.tensor.Tensor.ofFloats(List.of(3L), time), clock);
    truncate();
  }

  private static int ahead(Searched searched) {
    double[] logits = HostTensors.toHost(searched.logits()).toDoubles();
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private List<Candidate> chosen() {
    return layers.stream().map(s -> s.layer().candidates().get(ahead(s))).toList();
  }

  /// The ranks that are ahead, by layer.
  public SequencedMap<String, RankChoice> ranks() {
    SequencedMap<String, RankChoice> ranks = new LinkedHashMap<>();
    List<Candidate> chosen = chosen();
    for (int i = 0; i < chosen.size(); i++) {
      ranks.put(layers.get(i).layer().layer().name(), chosen.get(i).choice());
    }
    return ranks;
  }

  /// The layers that are to be replaced, in the forms that are ahead.
  public List<LowRankLayer> layers() {
    return chosen().stream().flatMap(candidate -> candidate.lowRank().stream()).toList();
  }

  /// Predicted cost of the model with the ranks that are ahead.
  public double cost() {
    return space.fixedCost() + chosen().stream().mapToDouble(Candidate::cost).sum();
  }

  @Override
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("cost", cost() / space.denseCost());
    figures.put("temperature", temperature());
    return figures;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("clock", clock);
    for (int i = 0; i < layers.size(); i++) {
      Searched searched = layers.get(i);
      state.putAll(searched.adam().state(name(i)));
      for (int j = 0; j < searched.truncated().size(); j++) {
        state.put("truncated " + name(i) + " " + j, searched.truncated().get(j));
      }
    }
    return state;
  }

  @Override
  public void close() {
    original.close();
    clock.close();
    for (Searched searched : layers) {
      searched.logits().close();
      searched.adam().close();
      searched.truncated().forEach(Tensor::close);
    }
  }
}
