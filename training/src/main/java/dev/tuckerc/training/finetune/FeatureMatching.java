package dev.tuckerc.training.finetune;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Value;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.TrainableModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Plain training in which the results of activations and sums are drawn to those of a teacher that
/// has values of the same names: the model that was decomposed.
public final class FeatureMatching implements Method {
  private final List<Value> own;
  private final FeatureDistance distance;
  private final double weight;

  private FeatureMatching(List<Value> own, FeatureDistance distance, double weight) {
    this.own = List.copyOf(own);
    this.distance = distance;
    this.weight = weight;
  }

  /// @param weight of the distance in the loss
  /// @param products in what the teacher multiplies
  /// @throws TrainingException when the two have no such values in common
  public static FeatureMatching of(
      Graph model, TrainableModel teacher, double weight, Products products) {
    Map<String, Value> byName = new HashMap<>();
    for (Node node : teacher.source().nodes()) {
      if (node.op() instanceof Pointwise) {
        byName.put(node.result().name(), node.result());
      }
    }
    List<Value> own = new ArrayList<>();
    List<Value> wanted = new ArrayList<>();
    for (Node node : model.nodes()) {
      Value other = byName.get(node.result().name());
      if (node.op() instanceof Pointwise
          && other != null
          && ofOneSample(other).equals(ofOneSample(node.result()))) {
        own.add(node.result());
        wanted.add(other);
      }
    }
    if (own.isEmpty()) {
      throw new TrainingException(
          "no activation of the model has the name and shape of one of the teacher: its features"
              + " cannot be matched; give the model that was decomposed as the teacher");
    }
    return new FeatureMatching(own, new FeatureDistance(teacher, wanted, products), weight);
  }

  /// Extents but that of the batch, which each model names as it likes.
  private static List<Dim> ofOneSample(Value value) {
    List<Dim> all = value.shape().dims();
    return all.isEmpty() ? all : all.subList(1, all.size());
  }

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  public List<Value> watched() {
    return own;
  }

  @Override
  public Tensor loss(Tensor fit, Step step) {
    return fit.add(distance.of(step.input(), step.watched()).mul(new Scalar(weight)));
  }
}
