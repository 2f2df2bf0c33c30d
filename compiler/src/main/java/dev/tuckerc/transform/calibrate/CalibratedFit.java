package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.decompose.LayerDecision.Replacement;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;

/// Fits factors to calibration data, layer by layer in the order of the network.
///
/// Each layer's input is taken from the network whose earlier layers are replaced already, its
/// output from the original network (Zhang et al., arXiv:1505.06798: asymmetric). Where a shortcut
/// is added to the output, the difference of the shortcuts is made up for (He et al., ICCV 2017);
/// where a ReLU follows, its output is what counts.
///
/// @param graph the model at the batch of the data, canonicalized as the graph that the plan is for
/// @param batches all of the graph's batch size
/// @param seed of the choice of samples
/// @param progress told of each layer that is fitted
public record CalibratedFit(
    Graph graph, List<CalibrationBatch> batches, FitMode mode, long seed, Consumer<String> progress)
    implements FactorFit {
  public CalibratedFit {
    batches = List.copyOf(batches);
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("no calibration data");
    }
  }

  @Override
  public DecompositionPlan fit(DecompositionPlan plan) {
    return new Run(plan).run();
  }

  private final class Run {
    private final DecompositionPlan plan;
    private final Map<Node, LayerDecision> byNode = new IdentityHashMap<>();
    private final Map<Layer.Key, LayerDecision> fitted = new HashMap<>();
    private final Set<Layer.Key> shared = new HashSet<>();
    private final EvaluationOrder order;
    private final TwoStreams streams;
    private final int last;

    Run(DecompositionPlan plan) {
      this.plan = plan;
      Map<Layer.Key, LayerDecision> byKey = new HashMap<>();
      for (LayerDecision decision : plan.decisions()) {
        if (decision.replacement().isPresent()) {
          byKey.put(decision.layer().key(), decision);
        }
        decision
            .sharesWith()
            .ifPresent(owner -> {
              shared.add(owner.key());
              shared.add(decision.layer().key());
            });
      }
      ResultUse.Finder finder = new ResultUse.Finder(graph);
      Map<Node, ResultUse> uses = new IdentityHashMap<>();
      for (Layer layer : Layer.of(graph)) {
        LayerDecision decision = byKey.get(layer.key());
        if (decision != null && decision.layer().hasWeightOf(layer)) {
          byKey.remove(layer.key());
          byNode.put(layer.node(), decision);
          uses.put(layer.node(), finder.of(layer.node()));
        }
      }
      if (!byKey.isEmpty()) {
        throw new IrException(
            "layer '"
                + byKey.values().iterator().next().layer().name()
                + "' is not found in the model at the batch of the calibration data");
      }
      order = EvaluationOrder.of(graph, uses);
      Map<Node, List<Value>> reads = new IdentityHashMap<>();
      order
          .uses()
          .forEach((node, around) -> around.shortcut().ifPresent(s -> reads.put(node, List.of(s))));
      streams = new TwoStreams(graph.inputs(), order.nodes(), reads, batches);
      int found = -1;
      for (int i = 0; i < order.nodes().size(); i++) {
        found = byNode.containsKey(order.nodes().get(i)) ? i : found;
      }
      last = found;
    }

    DecompositionPlan run() {
      for (int index = 0; index <= last; index++) {
        Node node = order.nodes().get(index);
        LayerDecision decision = byNode.get(node);
        if (decision == null) {
          streams.evaluate(node);
        } else {
          progress.accept(decision.layer().name());
          streams.evaluateOriginal(node);
          LayerDecision result = replace(node, decision, index);
          fitted.put(decision.layer().key(), result);
          streams.evaluateReplaced(DecompositionPlan.replacement(graph, node, result));
        }
        streams.free(index);
      }
      return plan.with(
          plan.decisions().stream().map(d -> fitted.getOrDefault(d.layer().key(), d)).toList());
    }

    private LayerDecision replace(Node node, LayerDecision decision, int index) {
      if (mode == FitMode.WEIGHTS) {
        return decision;
      }
      if (shared.contains(decision.layer().key())) {
        return decision.with(
            decision.replacement().orElseThrow(),
            "factors of the weight alone: several layers share them");
      }
      try {
        return mode == FitMode.OUTPUTS && isPlain(node, decision.layer())
            ? outputs(node, decision, index)
            : moments(node, decision);
      } catch (LinearAlgebraException e) {
        return decision.with(
            decision.replacement().orElseThrow(), "factors of the weight alone: " + e.getMessage());
      }
    }

    /// Whether the outputs are a linear map of the patches, with nothing after it.
    private static boolean isPlain(Node node, Layer layer) {
      return switch (node.op()) {
        case Convolution c -> c.epilogue().isIdentity();
        // Patches of an image are not in the order of its rows.
        case MatMul product ->
            product.epilogue().isIdentity() && layer.kind() != LayerKind.FLATTENED;
        default -> false;
      };
    }

    /// Ranks of a Tucker-2 chain, or of one that it can take the place of.
    private static Optional<RankChoice.Ranks> tucker(LayerForm form, Layer layer) {
      return switch (form.choice()) {
        case RankChoice.Ranks ranks -> Optional.of(ranks);
        case RankChoice.SingularValues(int rank) ->
            Optional.of(new RankChoice.Ranks(layer.inputs(), rank));
        // Multiplied out, a train is a Tucker-2 chain, which the fit may change as it likes.
        case RankChoice.Train _ -> {
          List<LayerForm.Step> steps = form.steps();
          int in = steps.size() == 3 ? Math.toIntExact(steps.get(1).inputs()) : layer.inputs();
          yield Optional.of(new RankChoice.Ranks(in, Math.toIntExact(steps.getLast().inputs())));
        }
        case RankChoice.Basis _,
            RankChoice.Terms _,
            RankChoice.Fraction _,
            RankChoice.Search _,
            RankChoice.KeepDense _ ->
            Optional.empty();
      };
    }

    private LayerDecision outputs(Node node, LayerDecision decision, int index) {
      Layer layer = decision.layer();
      Replacement replacement = decision.replacement().orElseThrow();
      ResultUse around = order.uses().getOrDefault(node, ResultUse.NONE);
      Value input = node.op().operands().getFirst();
      PatchSampler sampler =
          new PatchSampler(
              node.op(), streams.replaced(0, input), streams.original(0, node.result()));
      Tensor weight = layer.data().orElseThrow().tensor();
      LayerFit.Result result =
          LayerFit.of(
              samples(node, input, around, sampler, index),
              weight,
              replacement.factors(),
              tucker(replacement.form(), layer),
              around.relu());
      Factorization factors = result.factors().balanced(weight.type(), layer.magnitude());
      return decision.with(
          new Replacement(
              replacement.form(),
              factors,
              Optional.of(FittedNumbers.bias(result.bias(), weight.type())),
              OptionalDouble.of(result.outputError())),
          remark(result.constantGroups(), sampler.groups()));
    }

    private static String remark(int constantGroups, int groups) {
      if (constantGroups == 0) {
        return "";
      }
      String where = groups == 1 ? "" : " of " + constantGroups + " of " + groups + " groups";
      return "factors of the weight, bias of the data: the input"
          + where
          + " is constant on the calibration data";
    }

    /// Of each group, batch by batch.
    private List<List<LayerFit.Samples>> samples(
        Node node, Value input, ResultUse around, PatchSampler sampler, int index) {
      long images = 0;
      for (CalibrationBatch batch : batches) {
        images += sampler.realImages(batch);
      }
      int perImage = sampler.perImage(images);
      List<List<LayerFit.Samples>> groups = new ArrayList<>();
      for (int group = 0; group < sampler.groups(); group++) {
        groups.add(new ArrayList<>());
      }
      for (int b = 0; b < batches.size(); b++) {
        int real = sampler.realImages(batches.get(b));
        long blockSeed = seed * 1_000_003 + index * 1009L + b;
        PatchSampler.Block block =
            sampler.draw(streams.replaced(b, input), real, perImage, blockSeed);
        double[][] wanted = sampler.outputs(streams.original(b, node.result()), block);
        double[][] shortcut = new double[wanted.length][wanted[0].length];
        if (around.shortcut().isPresent()) {
          Value value = around.shortcut().get();
          double[][] before = sampler.outputs(streams.original(b, value), block);
          shortcut = sampler.outputs(streams.replaced(b, value), block);
          for (int group = 0; group < wanted.length; group++) {
            for (int i = 0; i < wanted[group].length; i++) {
              wanted[group][i] += before[group][i];
            }
          }
        }
        for (int group = 0; group < wanted.length; group++) {
          groups
              .get(group)
              .add(
                  new LayerFit.Samples(
                      block.patches()[group], block.rows(), wanted[group], shortcut[group]));
        }
      }
      return groups;
    }

    /// Rescales every output channel to the mean and deviation that it had.
    private LayerDecision moments(Node node, LayerDecision decision) {
      streams.evaluateReplaced(DecompositionPlan.replacement(graph, node, decision));
      ChannelMoments before = new ChannelMoments();
      ChannelMoments after = new ChannelMoments();
      for (int b = 0; b < batches.size(); b++) {
        boolean product = node.op() instanceof MatMul;
        before.add(streams.original(b, node.result()), batches.get(b), product);
        after.add(streams.replaced(b, node.result()), batches.get(b), product);
      }
      Replacement replacement = decision.replacement().orElseThrow();
      DataType type = decision.layer().data().orElseThrow().type();
      return decision.with(before.rescaled(after, replacement, denseBias(node), type), "");
    }

    private double[] denseBias(Node node) {
      int outputs = node.op() instanceof MatMul ? 0 : 1;
      List<Value> operands = node.op().operands();
      boolean biased = outputs == 1 && operands.size() > 2;
      return biased ? streams.original(0, operands.get(2)).toDoubles() : new double[0];
    }
  }
}
