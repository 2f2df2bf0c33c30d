package dev.tuckerc.transform.testing;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Region;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// A cost model that knows kernels by the names of what they compute.
///
/// @param cost microseconds of a kernel for values of these names; infinite where there is none. A
///   convolution's name is its weight's without `.weight`
public record FakeKernels(ToDoubleFunction<List<String>> cost) implements LayerCostModel {
  /// One kernel for whatever may be one, each taking a microsecond.
  public static final FakeKernels ANY_REGION = new FakeKernels(names -> 1);

  @Override
  public Estimate estimate(Convolution convolution) {
    String weight = convolution.weight().name();
    return estimate(cost.applyAsDouble(List.of(weight.replace(".weight", ""))));
  }

  @Override
  public Optional<Estimate> estimate(Region region) {
    List<String> names = region.body().nodes().stream().map(node -> node.result().name()).toList();
    double microseconds = cost.applyAsDouble(names);
    return Double.isFinite(microseconds) ? Optional.of(estimate(microseconds)) : Optional.empty();
  }

  /// An estimate of a given total.
  public static Estimate estimate(double microseconds) {
    return new Estimate(microseconds, 0, List.of(), 0, 0, 1, 1);
  }
}
