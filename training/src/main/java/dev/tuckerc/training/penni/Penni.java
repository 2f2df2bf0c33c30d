package dev.tuckerc.training.penni;

import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.ranks.LayerKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Kernels as sparse combinations of a shared basis (PENNI: Li et al., ICML 2020).
///
/// Every convolution of more taps than the basis has kernels starts from the uncentred singular
/// value decomposition of its kernels. Basis and coefficients take turns of some epochs, so that
/// one of them is frozen, and the loss has `gamma sum |A|` added. [#prune] sets small coefficients
/// to zero, and from then on they stay zero, both factors learn, and there is no penalty.
public final class Penni implements Method, AutoCloseable {
  private final List<Split> splits = new ArrayList<>();
  private final double gamma;
  private final int turn;
  private boolean pruned;

  /// One weight as a product, and which of its coefficients may differ from zero.
  ///
  /// @param coefficients `[O * I, kernels]`
  /// @param basis `[kernels, taps]`
  /// @param mask ones and zeros, like the coefficients
  private record Split(Layer layer, Tensor coefficients, Tensor basis, Tensor mask)
      implements AutoCloseable {
    String name(String part) {
      return part + " " + layer.key().name() + "#" + layer.key().occurrence();
    }

    Tensor masked() {
      return coefficients.mul(mask);
    }

    @Override
    public void close() {
      coefficients.close();
      basis.close();
      mask.close();
    }
  }

  /// @param kernels of every basis
  /// @param gamma weight of the coefficients' magnitude in the loss
  /// @param turn epochs that one factor learns while the other is frozen; the coefficients begin
  /// @throws TrainingException when no convolution has more taps than the basis has kernels
  public Penni(TrainableModel model, int kernels, double gamma, int turn) {
    this.gamma = gamma;
    this.turn = turn;
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer layer : Layer.of(model.source())) {
      if (layer.kind() == LayerKind.SPATIAL
          && layer.groups() == 1
          && layer.data().isPresent()
          && layer.data().get().type() == DataType.F32
          && layer.taps() > kernels
          && seen.add(layer.weight())) {
        splits.add(split(layer, HostTensors.toHost(model.constant(layer.weight())), kernels));
      }
    }
    if (splits.isEmpty()) {
      throw new TrainingException(
          "the model has no convolution of more than " + kernels + " taps to share a basis");
    }
  }

  private static Split split(Layer layer, dev.tuckerc.tensor.Tensor weight, int kernels) {
    Factorization chain;
    try (Factorizer factorizer = new Factorizer(weight, 1)) {
      chain = factorizer.basis(kernels);
    }
    int taps = layer.taps();
    // Every channel has a copy of the basis.
    double[] repeated = chain.factors().getFirst().weight().toDoubles();
    dev.tuckerc.tensor.Tensor basis =
        dev.tuckerc.tensor.Tensor.ofDoubles(
            List.of((long) kernels, (long) taps), Arrays.copyOf(repeated, kernels * taps));
    dev.tuckerc.tensor.Tensor coefficients = chain.factors().getLast().weight();
    long rows = coefficients.size() / kernels;
    try (PointerScope _ = new PointerScope()) {
      Tensor a = HostTensors.toTorch(coefficients.reshape(List.of(rows, (long) kernels)));
      Tensor b = HostTensors.toTorch(basis);
      float[] ones = new float[coefficients.size()];
      Arrays.fill(ones, 1);
      Tensor mask = HostTensors.toTorch(List.of(rows, (long) kernels), ones);
      return new Split(
          layer,
          a.requires_grad_(true).retainReference(),
          b.requires_grad_(true).retainReference(),
          mask.retainReference());
    }
  }

  /// Layers that share a basis among their channels.
  public int layers() {
    return splits.size();
  }

  @Override
  public List<OwnParameter> parameters() {
    List<OwnParameter> parameters = new ArrayList<>();
    for (Split split : splits) {
      parameters.add(new OwnParameter(split.name("coefficients"), split.coefficients()));
      parameters.add(new OwnParameter(split.name("basis"), split.basis()));
    }
    return parameters;
  }

  @Override
  public boolean isFrozen(String parameter, int epoch) {
    String frozen = epoch / turn % 2 == 0 ? "basis" : "coefficients";
    return !pruned && splits.stream().anyMatch(split -> split.name(frozen).equals(parameter));
  }

  @Override
  public Map<Value, Tensor> weights(Mode mode) {
    Map<Value, Tensor> weights = new IdentityHashMap<>();
    for (Split split : splits) {
      long[] shape =
          split.layer().data().orElseThrow().shape().stream().mapToLong(Long::longValue).toArray();
      weights.put(split.layer().weight(), split.masked().matmul(split.basis()).reshape(shape));
    }
    return weights;
  }

  @Override
  public Optional<Tensor> penalty() {
    if (pruned || gamma == 0) {
      return Optional.empty();
    }
    return splits.stream()
        .map(split -> split.coefficients().abs().sum())
        .reduce(Tensor::add)
        .map(sum -> sum.mul(new Scalar(gamma)));
  }

  /// Sets coefficients to zero, for good, whose magnitude is below a share of the standard
  /// deviation of their layer's.
  ///
  /// @param deviations the share; the paper has 1
  public void prune(double deviations) {
    pruned = true;
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Split split : splits) {
        Tensor threshold = split.coefficients().std().mul(new Scalar(deviations));
        split.mask().zero_().add_(split.coefficients().abs().ge(threshold));
      }
    }
  }

  /// Share of the coefficients that are zero.
  public double sparsity() {
    double kept = 0;
    double all = 0;
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Split split : splits) {
        kept += split.mask().sum().item_float();
        all += split.mask().numel();
      }
    }
    return 1 - kept / all;
  }

  /// The products, by the weights they stand for.
  Map<Value, SharedBasis> bases() {
    Map<Value, SharedBasis> bases = new IdentityHashMap<>();
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Split split : splits) {
        Layer layer = split.layer();
        bases.put(
            layer.weight(),
            new SharedBasis(
                layer.outputs(),
                layer.inputs(),
                Math.toIntExact(split.basis().size(0)),
                layer.taps(),
                HostTensors.toHost(split.masked()).toDoubles(),
                HostTensors.toHost(split.basis()).toDoubles()));
      }
    }
    return bases;
  }

  @Override
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    double magnitude = 0;
    for (Split split : splits) {
      magnitude += split.coefficients().abs().sum().item_float();
    }
    figures.put("sum |A|", magnitude);
    return figures;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    splits.forEach(split -> state.put(split.name("mask"), split.mask()));
    return state;
  }

  @Override
  public void close() {
    splits.forEach(Split::close);
  }
}
