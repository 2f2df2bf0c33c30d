package dev.tuckerc.training.finetune;

import dev.tuckerc.ir.Value;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// How far values inside a model are from those of a teacher (Romero et al., ICLR 2015): the mean,
/// over the values, of their squared distance over the teacher's mean square.
///
/// @param values of the teacher's graph
/// @param products in what the teacher multiplies
public record FeatureDistance(TrainableModel teacher, List<Value> values, Products products) {
  public FeatureDistance {
    values = List.copyOf(values);
  }

  /// @param input of both
  /// @param computed what the model has in the place of the teacher's values, in their order
  public Tensor of(Tensor input, List<Tensor> computed) {
    List<Tensor> wanted;
    try (NoGradGuard _ = new NoGradGuard()) {
      wanted = teacher.evaluate(List.of(input), Mode.INFERENCE, products, Map.of(), values);
    }
    Tensor sum = HostTensors.toTorch(List.of(1L), 0).sum();
    for (int i = 0; i < wanted.size(); i++) {
      Tensor own = inMemoryOrder(computed.get(i));
      Tensor other = inMemoryOrder(wanted.get(i));
      Tensor norm = other.norm().square().div(new Scalar((double) other.numel()));
      sum = sum.add(torch.mse_loss(own, other).div(norm.add(new Scalar(1e-12))));
    }
    return sum.mul(new Scalar(1.0 / wanted.size()));
  }

  /// Pictures lie with their channels last, but the gradient of a mean squared error would come
  /// with its channels first, and everything behind it would have to turn it.
  private static Tensor inMemoryOrder(Tensor value) {
    return value.dim() == 4 ? value.permute(0, 2, 3, 1).reshape(-1) : value.reshape(-1);
  }
}
