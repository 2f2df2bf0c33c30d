package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.search.ErrorMeasure;
import dev.tuckerc.transform.search.LayerErrors;
import dev.tuckerc.transform.search.RankTails;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// What layers lose of their outputs on data, in the original network: shares of the variance that
/// the spectra of [dev.tuckerc.linalg.fit.ResponseMoments] have beyond each rank. Of sums of terms
/// and tensor trains no spectrum tells it: they are made of the weight in the norm of the channels'
/// covariance. The groups of a convolution are layers of their own, whose losses add up. Transposed
/// and flattened layers are judged by their weights.
///
/// With `task`, what a layer loses is multiplied by what that does to the network's outputs: its
/// output is projected onto the leading half of its principal axes, alone, and the share of the
/// variance that the network's outputs lose is divided by the share that the layer's lost. To first
/// order both grow alike.
///
/// @param graph the model at the batch of the data, canonicalized as the graph that is decomposed
/// @param batches all of the graph's batch size
/// @param seed of the choice of samples
/// @param progress told of each layer that is measured
public record OutputErrors(
    Graph graph, List<CalibrationBatch> batches, boolean task, long seed, Consumer<String> progress)
    implements ErrorMeasure {
  /// Patches of a layer in all batches together.
  private static final int PATCHES = 10_000;

  public OutputErrors {
    batches = List.copyOf(batches);
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("no calibration data");
    }
  }

  /// What is known of a layer.
  ///
  /// @param inNorm the layer's weight in the norm of its input channels
  /// @param made errors of the forms that no spectrum tells, as they are asked for
  /// @param weight what the network's outputs lose for what the layer's output loses
  private record Measured(
      RankTails tails,
      Optional<Tensor> inNorm,
      long groups,
      Map<RankChoice, Double> made,
      double weight) {
    Measured(RankTails tails, Optional<Tensor> inNorm, long groups, double weight) {
      this(tails, inNorm, groups, new ConcurrentHashMap<>(), weight);
    }

    double of(LayerForm form) {
      return weight
          * tails.of(form).orElseGet(() -> made.computeIfAbsent(form.choice(), _ -> made(form)));
    }

    private double made(LayerForm form) {
      try (Factorizer factorizer = new Factorizer(inNorm.orElseThrow(), groups)) {
        double lost = form.estimate(factorizer);
        return Math.min(1, lost * lost);
      } catch (LinearAlgebraException e) {
        return 1;
      }
    }
  }

  @Override
  public LayerErrors of(List<Layer> layers, LayerErrors weights) {
    Map<Layer.Key, Layer> wanted = new HashMap<>();
    layers.forEach(layer -> wanted.put(layer.key(), layer));
    Map<Node, Layer> byNode = new IdentityHashMap<>();
    for (Layer own : Layer.of(graph)) {
      Layer layer = wanted.get(own.key());
      if (layer != null && layer.hasWeightOf(own) && isMeasured(own)) {
        byNode.put(own.node(), layer);
      }
    }
    TwoStreams streams = new TwoStreams(graph.inputs(), graph.nodes(), Map.of(), batches);
    TaskWeights tasks = new TaskWeights(graph, batches.getFirst());
    Map<Layer, Measured> measured = new IdentityHashMap<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      streams.evaluateOriginal(node);
      Layer layer = byNode.get(node);
      if (layer != null) {
        progress.accept(layer.name());
        measured.put(layer, measure(node, layer, streams, index, tasks));
      }
      streams.free(index);
    }
    return new LayerErrors() {
      @Override
      public double of(Layer layer, LayerForm form) {
        Measured own = measured.get(layer);
        return own == null ? weights.of(layer, form) : own.of(form);
      }

      @Override
      public boolean knows(Layer layer) {
        return weights.knows(layer);
      }
    };
  }

  private static boolean isMeasured(Layer layer) {
    return switch (layer.node().op()) {
      case Convolution _ -> layer.kind() != LayerKind.DEPTHWISE;
      // Rows of an image are no patches.
      case MatMul _ -> layer.kind() != LayerKind.FLATTENED;
      default -> false;
    };
  }

  private Measured measure(
      Node node, Layer layer, TwoStreams streams, int index, TaskWeights tasks) {
    Value input = node.op().operands().getFirst();
    PatchSampler sampler =
        new PatchSampler(node.op(), streams.original(0, input), streams.original(0, node.result()));
    Tensor weight = layer.data().orElseThrow().tensor();
    long images = 0;
    for (CalibrationBatch batch : batches) {
      images += sampler.realImages(batch);
    }
    int perImage = (int) Math.clamp(PATCHES / images, 1, sampler.perImage(images));
    try (GroupResponses moments = new GroupResponses(weight, sampler.groups())) {
      for (int b = 0; b < batches.size(); b++) {
        PatchSampler.Block drawn =
            sampler.draw(
                streams.original(b, input),
                sampler.realImages(batches.get(b)),
                perImage,
                seed * 1_000_003 + index * 1009L + b);
        moments.add(drawn, sampler.outputs(streams.original(b, node.result()), drawn));
      }
      double[] spectrum = moments.outputSpectrum();
      boolean shares = layer.kind() == LayerKind.SPATIAL;
      RankTails tails =
          RankTails.of(
              moments.inputSpectrum(), spectrum, shares ? moments.kernelSpectrum() : new double[0]);
      return new Measured(
          tails,
          shares ? Optional.of(moments.inChannelNorm()) : Optional.empty(),
          layer.groups(),
          task ? taskWeight(node, moments, spectrum, tasks) : 1);
    } catch (LinearAlgebraException e) {
      return new Measured(RankTails.ALL_LOST, Optional.empty(), layer.groups(), 1);
    }
  }

  private static double taskWeight(
      Node node, GroupResponses moments, double[] spectrum, TaskWeights tasks) {
    int half = Math.max(1, spectrum.length / 2);
    double all = Arrays.stream(spectrum).sum();
    double lost = Arrays.stream(spectrum, half, spectrum.length).sum();
    // What has no variance to lose beyond half its axes says nothing of more.
    return lost <= 1e-12 * all
        ? 1
        : tasks.lost(node, moments.outputProjection(half), moments.outputMean()) / (lost / all);
  }
}
