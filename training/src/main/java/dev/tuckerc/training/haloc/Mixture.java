package dev.tuckerc.training.haloc;

import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.training.haloc.SearchSpace.SearchLayer;
import dev.tuckerc.training.model.HostTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// A layer's weight as a mixture of what its candidates make of it.
///
/// The Tucker-2 truncations of one weight `W` are nested: with the factors `U`, `V` of its
/// higher-order singular value decomposition (De Lathauwer, De Moor and Vandewalle 2000), the one
/// at ranks `(p, q)` keeps the first `p` rows and `q` columns of the core `C = W x_O U^T x_I V^T`.
/// A mixture is therefore `(C * sum_i m_i mask_i) x_O U x_I V`: as dear for one candidate as for
/// many. A sum of terms is the projection `W Q^T Q` of the weight's rows onto what its inputs and
/// taps span, `Q` orthonormal: the least squares for its outputs, with inputs and taps as they were
/// found by alternating least squares. `C` and the projections follow the weight in every step,
/// `U`, `V` and `Q` when they are refreshed. `W` itself is never truncated, so that a rank that
/// fell can rise again.
final class Mixture implements AutoCloseable {
  private final SearchLayer layer;
  private final Tensor weight;
  private final Tensor logits;
  private final Tensor outputs;
  private final Tensor inputs;
  private final Tensor masks;
  private final Tensor prices;

  /// The `Q` of all sums of terms below each other, `[all terms, I * taps]`.
  private final Tensor patterns;

  /// Which candidate each of these rows is of, `[candidates, all terms]`.
  private final Tensor owners;

  /// @param weight the present tensor of the layer's weight, `[O, I, kernel...]`
  Mixture(SearchLayer layer, Tensor weight) {
    this.layer = layer;
    this.weight = weight;
    List<Candidate> candidates = layer.candidates();
    int count = candidates.size();
    int o = (int) weight.size(0);
    int i = (int) weight.size(1);
    int allTerms = candidates.stream().mapToInt(Candidate::terms).sum();
    float[] costs = new float[count];
    float[] kept = new float[Math.toIntExact((long) count * o * i)];
    float[] owned = new float[Math.toIntExact((long) count * allTerms)];
    int row = 0;
    for (int c = 0; c < count; c++) {
      Candidate candidate = candidates.get(c);
      costs[c] = (float) candidate.cost();
      int mask = c * o * i;
      candidate
          .ranks(i, o)
          .ifPresent(ranks -> {
            for (int p = 0; p < ranks.out(); p++) {
              Arrays.fill(kept, mask + p * i, mask + p * i + ranks.in(), 1);
            }
          });
      Arrays.fill(owned, c * allTerms + row, c * allTerms + row + candidate.terms(), 1);
      row += candidate.terms();
    }
    try (PointerScope _ = new PointerScope()) {
      prices = HostTensors.toTorch(List.of((long) count), costs).retainReference();
      masks = HostTensors.toTorch(List.of((long) count, (long) o * i), kept).retainReference();
      owners = HostTensors.toTorch(List.of((long) count, (long) allTerms), owned).retainReference();
      logits = zeros(count).requires_grad_(true).retainReference();
      outputs = zeros(o, o).retainReference();
      inputs = zeros(i, i).retainReference();
      patterns = zeros(allTerms, weight.numel() / o).retainReference();
    }
    refresh();
  }

  private static Tensor zeros(long... shape) {
    List<Long> extents = new ArrayList<>();
    long size = 1;
    for (long extent : shape) {
      extents.add(extent);
      size *= extent;
    }
    return HostTensors.toTorch(extents, new float[Math.toIntExact(size)]);
  }

  SearchLayer layer() {
    return layer;
  }

  /// Unique in the model.
  String name() {
    return layer.layer().key().name() + "#" + layer.layer().key().occurrence();
  }

  /// Unnormalised log-probabilities of the candidates.
  Tensor logits() {
    return logits;
  }

  /// What each candidate costs.
  Tensor prices() {
    return prices;
  }

  /// The weight's own factors take the place of those it had.
  void refresh() {
    dev.tuckerc.tensor.Tensor now = HostTensors.toHost(weight);
    try (TuckerDecomposer decomposer = new TuckerDecomposer(now)) {
      HostTensors.copy(decomposer.outputVectors(), outputs);
      HostTensors.copy(decomposer.inputVectors(), inputs);
    }
    if (hasTerms()) {
      HostTensors.copy(spans(now), patterns);
    }
  }

  private boolean hasTerms() {
    return patterns.size(0) > 0;
  }

  /// For each sum of terms an orthonormal basis of what its inputs and taps span.
  private dev.tuckerc.tensor.Tensor spans(dev.tuckerc.tensor.Tensor now) {
    int width = Math.toIntExact(patterns.size(1));
    double[] all = new double[Math.toIntExact(patterns.numel())];
    int row = 0;
    try (Factorizer factorizer = new Factorizer(now, 1)) {
      for (Candidate candidate : layer.candidates()) {
        if (candidate.terms() > 0) {
          double[] span = factorizer.canonicalBriefly(candidate.terms()).span();
          System.arraycopy(span, 0, all, row * width, span.length);
          row += candidate.terms();
        }
      }
    }
    return dev.tuckerc.tensor.Tensor.ofDoubles(List.of((long) row, (long) width), all);
  }

  /// What each candidate loses of the weight's squared norm now.
  double[] lostShares() {
    double[] lost = new double[layer.candidates().size()];
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      double total = weight.square().sum().item_float();
      for (int c = 0; c < lost.length && total > 0; c++) {
        lost[c] = weight.sub(alone(c)).square().sum().item_float() / total;
      }
    }
    return lost;
  }

  /// What one candidate makes of the weight.
  Tensor alone(int candidate) {
    float[] one = new float[layer.candidates().size()];
    one[candidate] = 1;
    return weight(HostTensors.toTorch(List.of((long) one.length), one), false);
  }

  /// The mixture, of the weight's shape.
  ///
  /// @param shares of the candidates, `[candidates]`
  /// @param follows whether its gradient reaches the weight
  Tensor weight(Tensor shares, boolean follows) {
    long o = weight.size(0);
    long i = weight.size(1);
    Tensor w = (follows ? weight : weight.detach()).reshape(o, -1);
    Tensor mask = shares.unsqueeze(0).matmul(masks).reshape(o, i, 1);
    Tensor core = inputs.t().matmul(outputs.t().matmul(w).reshape(o, i, -1));
    Tensor kept = inputs.matmul(core.mul(mask));
    Tensor tucker = outputs.matmul(kept.reshape(o, -1));
    if (!hasTerms()) {
      return tucker.reshape(weight.shape());
    }
    Tensor share = shares.unsqueeze(0).matmul(owners);
    Tensor terms = w.matmul(patterns.t()).mul(share).matmul(patterns);
    return tucker.add(terms).reshape(weight.shape());
  }

  /// What it needs to go on, beside its logits.
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("outputs " + name(), outputs);
    state.put("inputs " + name(), inputs);
    if (hasTerms()) {
      state.put("terms " + name(), patterns);
    }
    return state;
  }

  @Override
  public void close() {
    List.of(logits, outputs, inputs, masks, prices, patterns, owners).forEach(Tensor::close);
  }
}
