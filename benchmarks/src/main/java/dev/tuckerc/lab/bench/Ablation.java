package dev.tuckerc.lab.bench;

import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.util.ArrayList;
import java.util.List;

/// A network as it is beside its decomposed form, both by our kernels: what the decomposition alone
/// brings.
record Ablation(Zoo network, Precision precision, ModelResult dense, ModelResult tucker) {

  /// Every pair among the measured models, in their order.
  static List<Ablation> of(List<ModelResult> models) {
    List<Ablation> pairs = new ArrayList<>();
    for (ModelResult dense : models) {
      for (ModelResult tucker : models) {
        boolean pair =
            dense.subject().isDense()
                && !tucker.subject().isDense()
                && dense.subject().network() == tucker.subject().network()
                && dense.subject().precision() == tucker.subject().precision();
        if (pair) {
          pairs.add(
              new Ablation(dense.subject().network(), dense.subject().precision(), dense, tucker));
        }
      }
    }
    return pairs;
  }

  /// How many times faster the decomposed form is.
  double speedup() {
    return dense.measured() / tucker.measured();
  }

  /// The same as the performance model predicts it.
  double predictedSpeedup() {
    return dense.predicted() / tucker.predicted();
  }
}
