package dev.tuckerc.training.haloc;

import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.training.haloc.SearchSpace.SearchLayer;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/// A layer's weight as a mixture of its truncations.
///
/// The truncations of one weight `W` are nested: with the factors `U`, `V` of its higher-order
/// singular value decomposition (De Lathauwer, De Moor and Vandewalle 2000), the one at ranks `(p,
/// q)` keeps the first `p` rows and `q` columns of the core `C = W x_O U^T x_I V^T`. A mixture is
/// therefore `(C * sum_i m_i mask_i) x_O U x_I V`: as dear for one candidate as for many. `C`
/// follows the weight in every step, `U` and `V` when they are refreshed. `W` itself is never
/// truncated, so that a rank that fell can rise again.
final class Mixture implements AutoCloseable {
  private final SearchLayer layer;
  private final Tensor weight;
  private final Tensor logits;
  private final Tensor outputs;
  private final Tensor inputs;
  private final Tensor masks;
  private final Tensor prices;

  /// @param weight the present tensor of the layer's weight, `[O, I, kernel...]`
  Mixture(SearchLayer layer, Tensor weight) {
    this.layer = layer;
    this.weight = weight;
    int count = layer.candidates().size();
    long o = weight.size(0);
    long i = weight.size(1);
    float[] costs = new float[count];
    float[] kept = new float[Math.toIntExact(count * o * i)];
    for (int c = 0; c < count; c++) {
      costs[c] = (float) layer.candidates().get(c).cost();
      RankChoice.Ranks ranks = layer.candidates().get(c).ranks((int) i, (int) o);
      for (int p = 0; p < ranks.out(); p++) {
        int row = (int) ((c * o + p) * i);
        java.util.Arrays.fill(kept, row, row + ranks.in(), 1);
      }
    }
    try (PointerScope _ = new PointerScope()) {
      prices = HostTensors.toTorch(List.of((long) count), costs).retainReference();
      masks = HostTensors.toTorch(List.of((long) count, o * i), kept).retainReference();
      logits = zeros(count).requires_grad_(true).retainReference();
      outputs = zeros(o, o).retainReference();
      inputs = zeros(i, i).retainReference();
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
    try (TuckerDecomposer decomposer = new TuckerDecomposer(HostTensors.toHost(weight))) {
      HostTensors.copy(decomposer.outputVectors(), outputs);
      HostTensors.copy(decomposer.inputVectors(), inputs);
    }
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
    return outputs.matmul(kept.reshape(o, -1)).reshape(weight.shape());
  }

  /// What it needs to go on, beside its logits.
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("outputs " + name(), outputs);
    state.put("inputs " + name(), inputs);
    return state;
  }

  @Override
  public void close() {
    List.of(logits, outputs, inputs, masks, prices).forEach(Tensor::close);
  }
}
