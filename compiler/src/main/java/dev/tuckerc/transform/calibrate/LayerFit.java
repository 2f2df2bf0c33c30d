package dev.tuckerc.transform.calibrate;

import dev.tuckerc.linalg.FactorGroups;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.fit.BasisFit;
import dev.tuckerc.linalg.fit.ChainFit;
import dev.tuckerc.linalg.fit.InputMoments;
import dev.tuckerc.linalg.fit.PatchBlock;
import dev.tuckerc.linalg.fit.TargetMoments;
import dev.tuckerc.linalg.fit.TermsFit;
import dev.tuckerc.linalg.fit.TuckerFit;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// The fit of one layer to its samples. Each group of a convolution is a layer of its own: its
/// inputs are channels that no other group reads.
///
/// The sums over blocks run in a fixed number of lanes whose parts are added in order, so that the
/// result is the same for any number of threads.
final class LayerFit {
  private static final int LANES = 2;
  private static final int ROUNDS = 4;

  /// Weights of the pre-activation's own error while a ReLU's output is fitted, one sweep each
  /// (Zhang et al., arXiv:1505.06798, whose penalty grows as well).
  private static final double[] PENALTIES = {
    0.01, 0.01, 0.01, 0.01, 0.1, 0.1, 0.1, 0.1, 1, 1, 1, 1
  };

  /// The samples of one batch.
  ///
  /// @param wanted the layer's outputs in the original network, plus the shortcut there
  /// @param shortcut in the network replaced so far; zeros where there is none
  record Samples(float[] patches, int rows, double[] wanted, double[] shortcut) {}

  /// @param lost sum of the squared errors of what the next layers see
  /// @param variance sum of the squares of that about its mean
  /// @param constantGroups groups whose input is constant: they have the factors of the weight
  record Result(
      Factorization factors, double[] bias, double lost, double variance, int constantGroups) {
    /// What is left of the variance, as a relative error.
    double outputError() {
      return variance > 0 ? Math.sqrt(lost / variance) : 0;
    }
  }

  private final List<Samples> blocks;
  private final int width;
  private final int outputs;
  private final boolean relu;

  private LayerFit(List<Samples> blocks, int width, int outputs, boolean relu) {
    this.blocks = blocks;
    this.width = width;
    this.outputs = outputs;
    this.relu = relu;
  }

  /// Fits a layer, its groups in parallel.
  ///
  /// @param samples of each group, block by block
  /// @param weight `[O, I/groups, kernel...]`
  /// @param start the chain of the weight alone
  /// @param tucker ranks of a group where it is a Tucker-2 chain
  /// @param relu whether the output of a ReLU is what counts
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  static Result of(
      List<List<Samples>> samples,
      Tensor weight,
      Factorization start,
      Optional<RankChoice.Ranks> tucker,
      boolean relu) {
    int groups = samples.size();
    int outputs = weight.dimension(0) / groups;
    int width = weight.size() / weight.dimension(0);
    List<Tensor> weights = FactorGroups.weights(weight, groups);
    List<Factorization> starts = FactorGroups.split(start, groups);
    List<Result> parts =
        IntStream.range(0, groups)
            .parallel()
            .mapToObj(group ->
                new LayerFit(samples.get(group), width, outputs, relu)
                    .run(weights.get(group), starts.get(group), tucker))
            .toList();
    return new Result(
        FactorGroups.joined(parts.stream().map(Result::factors).toList(), weight),
        parts.stream().flatMapToDouble(part -> Arrays.stream(part.bias())).toArray(),
        parts.stream().mapToDouble(Result::lost).sum(),
        parts.stream().mapToDouble(Result::variance).sum(),
        parts.stream().mapToInt(Result::constantGroups).sum());
  }

  private Result run(Tensor weight, Factorization start, Optional<RankChoice.Ranks> tucker) {
    try (InputMoments inputs = inputMoments();
        ChainFit fit = fit(inputs, weight, start, tucker)) {
      try (TargetMoments targets =
          targets((samples, _) -> difference(samples.wanted(), samples.shortcut()))) {
        fit.fit(targets, ROUNDS);
      }
      if (relu) {
        for (double penalty : PENALTIES) {
          try (TargetMoments targets =
              targets((samples, block) -> activationTarget(samples, fit.predict(block), penalty))) {
            fit.fit(targets, 2);
          }
        }
      }
      return result(fit, fit.filled(start));
    }
  }

  private static ChainFit fit(
      InputMoments inputs, Tensor weight, Factorization start, Optional<RankChoice.Ranks> tucker) {
    if (tucker.isPresent()) {
      return new TuckerFit(inputs, weight, tucker.get().in(), tucker.get().out());
    }
    return switch (start.form()) {
      case "R-D-E" -> new TermsFit(inputs, weight, start);
      case "B-A" -> new BasisFit(inputs, weight, start);
      default -> throw new IllegalArgumentException("no fit for " + start.form());
    };
  }

  /// The argument `z` of the ReLU that costs least, less the shortcut: close to the prediction `u`,
  /// and its ReLU close to that of the original.
  private static double[] activationTarget(Samples samples, double[] prediction, double penalty) {
    double[] target = prediction;
    for (int i = 0; i < target.length; i++) {
      double shortcut = samples.shortcut()[i];
      double wanted = Math.max(0, samples.wanted()[i]);
      double u = prediction[i] + shortcut;
      double inactive = Math.min(0, u);
      double active = Math.max(0, (penalty * u + wanted) / (penalty + 1));
      double inactiveCost = wanted * wanted + penalty * (inactive - u) * (inactive - u);
      double activeCost =
          (wanted - active) * (wanted - active) + penalty * (active - u) * (active - u);
      target[i] = (inactiveCost < activeCost ? inactive : active) - shortcut;
    }
    return target;
  }

  private static double[] difference(double[] a, double[] b) {
    double[] result = new double[a.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = a[i] - b[i];
    }
    return result;
  }

  private InputMoments inputMoments() {
    List<InputMoments> lanes =
        inLanes(lane -> {
          InputMoments moments = new InputMoments(width);
          for (int i = lane; i < blocks.size(); i += LANES) {
            Samples samples = blocks.get(i);
            try (PatchBlock block = new PatchBlock(samples.patches(), samples.rows(), width)) {
              moments.add(block);
            }
          }
          return moments;
        });
    for (InputMoments other : lanes.subList(1, lanes.size())) {
      lanes.getFirst().merge(other);
      other.close();
    }
    return lanes.getFirst();
  }

  /// Wanted outputs of a block of samples.
  private interface Target {
    double[] of(Samples samples, PatchBlock block);
  }

  private TargetMoments targets(Target target) {
    List<TargetMoments> lanes =
        inLanes(lane -> {
          TargetMoments moments = new TargetMoments(outputs, width);
          for (int i = lane; i < blocks.size(); i += LANES) {
            Samples samples = blocks.get(i);
            try (PatchBlock block = new PatchBlock(samples.patches(), samples.rows(), width)) {
              moments.add(block, target.of(samples, block));
            }
          }
          return moments;
        });
    for (TargetMoments other : lanes.subList(1, lanes.size())) {
      lanes.getFirst().merge(other);
      other.close();
    }
    return lanes.getFirst();
  }

  private static <T> List<T> inLanes(IntFunction<T> work) {
    return IntStream.range(0, LANES).parallel().mapToObj(work).toList();
  }

  /// Errors are counted after shortcut and ReLU.
  private Result result(ChainFit fit, Factorization factors) {
    double lost = 0;
    double squares = 0;
    double[] sums = new double[outputs];
    long count = 0;
    for (Samples samples : blocks) {
      double[] prediction;
      try (PatchBlock block = new PatchBlock(samples.patches(), samples.rows(), width)) {
        prediction = fit.predict(block);
      }
      for (int i = 0; i < prediction.length; i++) {
        double wanted = samples.wanted()[i];
        double got = prediction[i] + samples.shortcut()[i];
        if (relu) {
          wanted = Math.max(0, wanted);
          got = Math.max(0, got);
        }
        lost += (wanted - got) * (wanted - got);
        squares += wanted * wanted;
        sums[i % outputs] += wanted;
      }
      count += samples.rows();
    }
    for (double sum : sums) {
      squares -= sum * sum / count;
    }
    return new Result(factors, fit.bias(), lost, squares, fit.isConstant() ? 1 : 0);
  }
}
