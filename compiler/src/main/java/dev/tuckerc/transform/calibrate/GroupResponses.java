package dev.tuckerc.transform.calibrate;

import dev.tuckerc.linalg.FactorGroups;
import dev.tuckerc.linalg.fit.PatchBlock;
import dev.tuckerc.linalg.fit.ResponseMoments;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/// The [ResponseMoments] of every group of a layer. All groups have the same rank, so what the
/// layer loses beyond one is the sum of what they lose.
final class GroupResponses implements AutoCloseable {
  private final List<ResponseMoments> groups = new ArrayList<>();

  /// The layer's weight, group by group.
  private final List<Tensor> weights;

  private final Tensor weight;
  private final int outputs;

  /// @param weight `[O, I/groups, kernel...]`
  GroupResponses(Tensor weight, int groups) {
    this.weight = weight;
    weights = FactorGroups.weights(weight, groups);
    outputs = weight.dimension(0) / groups;
    int inputs = weight.dimension(1);
    int taps = weight.size() / (weight.dimension(0) * inputs);
    for (int group = 0; group < groups; group++) {
      this.groups.add(new ResponseMoments(inputs, taps, outputs));
    }
  }

  /// Adds samples.
  ///
  /// @param responses the outputs of each group
  void add(PatchSampler.Block samples, double[][] responses) {
    for (int group = 0; group < groups.size(); group++) {
      float[] patches = samples.patches()[group];
      int width = patches.length / samples.rows();
      try (PatchBlock block = new PatchBlock(patches, samples.rows(), width)) {
        groups.get(group).add(block, responses[group]);
      }
    }
  }

  /// Variances of the groups' outputs along their principal axes, descending, summed.
  ///
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  double[] outputSpectrum() {
    return sum(groups.stream().map(ResponseMoments::outputSpectrum).toList());
  }

  /// Spectra of the input modes of the groups' weights, summed.
  ///
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  double[] inputSpectrum() {
    return sum(ofWeights(ResponseMoments::inputSpectrum));
  }

  /// Spectrum of the kernels that a basis for all channels keeps; empty where there are groups,
  /// which share none.
  ///
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  double[] kernelSpectrum() {
    return groups.size() == 1 ? groups.getFirst().kernelSpectrum(weight) : new double[0];
  }

  /// The weight in the norm of its input channels' mean covariance.
  ///
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  Tensor inChannelNorm() {
    double[] values = new double[weight.size()];
    int at = 0;
    for (Tensor part : ofWeights(ResponseMoments::inChannelNorm)) {
      System.arraycopy(part.toDoubles(), 0, values, at, part.size());
      at += part.size();
    }
    return Tensor.of(DataType.F64, weight.shape(), MemorySegment.ofArray(values));
  }

  private <T> List<T> ofWeights(BiFunction<ResponseMoments, Tensor, T> found) {
    List<T> result = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      result.add(found.apply(groups.get(group), weights.get(group)));
    }
    return result;
  }

  private static double[] sum(List<double[]> spectra) {
    double[] sum = spectra.getFirst().clone();
    for (double[] spectrum : spectra.subList(1, spectra.size())) {
      Arrays.setAll(sum, i -> sum[i] + spectrum[i]);
    }
    return sum;
  }

  /// The projection of each group's output onto its leading principal axes, `[O, O]`.
  ///
  /// @param rank number of axes of each group
  /// @throws dev.tuckerc.linalg.matrix.LinearAlgebraException when a sample is NaN or infinite
  double[] outputProjection(int rank) {
    int all = outputs * groups.size();
    double[] projection = new double[all * all];
    for (int group = 0; group < groups.size(); group++) {
      double[] own = groups.get(group).outputProjection(rank);
      for (int row = 0; row < outputs; row++) {
        int to = (group * outputs + row) * all + group * outputs;
        System.arraycopy(own, row * outputs, projection, to, outputs);
      }
    }
    return projection;
  }

  /// Mean of each output.
  double[] outputMean() {
    return groups.stream().flatMapToDouble(group -> Arrays.stream(group.outputMean())).toArray();
  }

  @Override
  public void close() {
    groups.forEach(ResponseMoments::close);
  }
}
