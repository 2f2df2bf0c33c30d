package dev.tuckerc.training.admm;

import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.TrainableModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// `min loss(W)` such that every layer's `W` has low rank, by the alternating direction method of
/// multipliers in its scaled form (Boyd et al. 2011, section 3.1.1):
///
/// - W-step: gradient descent on `loss(W) + rho/2 sum |W - Z + U|^2`, all steps of an epoch;
/// - Z-step: `Z = P(W + U)`, the nearest tensor of low rank;
/// - U-step: `U = U + W - Z`.
///
/// Z and U move after every epoch. Where `rho` grows, `U` shrinks by the same factor (section
/// 3.4.1), for it is the multiplier over `rho`.
public final class Admm implements Method, AutoCloseable {
  private final List<Split> splits = new ArrayList<>();
  private final double growth;
  private final Tensor present;

  /// One weight with its copy of low rank and its multiplier, all of one shape.
  private record Split(LowRankLayer layer, Tensor w, Tensor z, Tensor u) {}

  /// @param rho weight of the penalty in the first epoch
  /// @param growth factor from epoch to epoch, at least 1
  public Admm(TrainableModel model, List<LowRankLayer> layers, double rho, double growth) {
    this.growth = growth;
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (LowRankLayer layer : LowRankLayer.distinct(layers)) {
        Tensor w = model.constant(layer.layer().weight());
        Tensor z = HostTensors.toTorch(layer.project(HostTensors.toHost(w))).retainReference();
        splits.add(new Split(layer, w, z, w.detach().clone().zero_().retainReference()));
      }
      // In a tensor, so that it is part of the state.
      present = HostTensors.toTorch(List.of(1L), (float) rho).retainReference();
    }
  }

  @Override
  public Optional<Tensor> penalty() {
    Tensor sum = HostTensors.toTorch(List.of(1L), 0f).sum();
    for (Split split : splits) {
      Tensor distance = split.w().sub(split.z()).add(split.u());
      sum = sum.add(distance.mul(distance).sum());
    }
    return Optional.of(sum.mul(present.sum()).mul(new Scalar(0.5)));
  }

  @Override
  public void afterEpoch(int epoch) {
    for (Split split : splits) {
      dev.tuckerc.tensor.Tensor sum = HostTensors.toHost(split.w().add(split.u()));
      HostTensors.copy(split.layer().project(sum), split.z());
      split.u().add_(split.w()).sub_(split.z());
      split.u().mul_(new Scalar(1 / growth));
    }
    present.mul_(new Scalar(growth));
  }

  /// `|W - Z| / |W|` over all layers: how far the weights are from low rank.
  public double residual() {
    double apart = 0;
    double norm = 0;
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Split split : splits) {
        apart += split.w().sub(split.z()).square().sum().item_float();
        norm += split.w().square().sum().item_float();
      }
    }
    return norm == 0 ? 0 : Math.sqrt(apart / norm);
  }

  @Override
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("residual", residual());
    figures.put("rho", HostTensors.toHost(present).getDouble(0));
    return figures;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("rho", present);
    for (int i = 0; i < splits.size(); i++) {
      String name = i + " " + splits.get(i).layer().layer().name();
      state.put("z " + name, splits.get(i).z());
      state.put("u " + name, splits.get(i).u());
    }
    return state;
  }

  @Override
  public void close() {
    splits.forEach(split -> {
      split.z().close();
      split.u().close();
    });
    present.close();
  }
}
