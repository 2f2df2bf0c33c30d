package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TuningRecord;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Index of the extreme element along an axis; a thread, a warp or a block for each result. NaN is
/// more extreme than any number.
public final class ArgReduceLowering implements OpLowering<ArgReduce> {

  @Override
  public List<Candidate> candidates(ArgReduce op, LoweringContext context) {
    TensorType input = op.input().type();
    TensorType result = context.node().result().type();
    int axis = (int) op.axis();
    long length = input.shape().extent(axis);
    long stride = input.layout().strides(input.shape().extents())[axis];
    IndexEmitter results = results(op, result);
    KernelTemplate template = context.template("arg_reduce");
    Map<String, Long> shape = Map.of("COUNT", results.count(), "LENGTH", length, "STRIDE", stride);
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, shape)) {
      Config config = TuningRecord.of(Config.class, constants);
      int threads = config.threads();
      long blocks = Math.max(1, Math.ceilDiv(results.count() * config.group(), threads));
      candidates.add(
          new Candidate(
              instance(op, context, constants, results),
              Extent.of(blocks),
              Extent.of(threads),
              0,
              List.of(context.argument(op.input()), context.result()),
              Map.of(),
              work(op, context, results, config, blocks)));
    }
    return candidates;
  }

  private static TemplateInstance instance(
      ArgReduce op,
      LoweringContext context,
      SequencedMap<String, Long> constants,
      IndexEmitter results) {
    CudaType type = CudaType.of(op.input().type().elementType());
    SequencedSet<String> helpers = new LinkedHashSet<>();
    type.helper().ifPresent(helpers::add);
    boolean isFloat = type.type().isFloat();
    List<String> base = new ArrayList<>(results.coordinates("index", "i"));
    base.add(
        "const unsigned base = "
            + results.offset(0, "i")
            + ", to = "
            + results.offset(1, "i")
            + ";");
    String comparison = op.kind() == ArgReduce.Kind.MAXIMUM ? ">" : "<";
    List<String> merge =
        List.of(
            "const bool better = value "
                + comparison
                + " best"
                + (isFloat ? " || (value != value && best == best)" : "")
                + ";",
            "const bool same = value == best"
                + (isFloat ? " || (value != value && best != best)" : "")
                + ";",
            "const bool first = position " + (op.last() ? ">" : "<") + " at;");
    // Booleans are compared and exchanged as numbers.
    String compute = type.type() == DataType.BOOL ? "int" : type.compute();
    Map<String, String> holes =
        Map.of(
            "parameters",
            context.argument(op.input()).parameter(type.storage(), "x")
                + ",\nlong long* __restrict__ y",
            "type",
            "typedef " + compute + " compute;",
            "base",
            String.join("\n", base),
            "merge",
            String.join("\n", merge),
            "load",
            "const compute value = " + type.load("x[base + k * STRIDE]") + ";");
    return new TemplateInstance(context.template("arg_reduce"), constants, holes, helpers);
  }

  /// The loop over results, in their memory order: strides of the input, then of the result.
  private static IndexEmitter results(ArgReduce op, TensorType result) {
    TensorType input = op.input().type();
    int axis = (int) op.axis();
    long[] own = input.layout().strides(input.shape().extents());
    List<Long> ofInput = new ArrayList<>();
    for (int i = 0; i < own.length; i++) {
      if (i != axis) {
        ofInput.add(own[i]);
      } else if (op.keepDims()) {
        ofInput.add(0L);
      }
    }
    List<Long> extents = result.shape().extents();
    long[] ofResult = result.layout().strides(extents);
    List<Integer> order = result.layout().orderFor(extents.size());
    return new IndexEmitter(
            order.stream().map(extents::get).toList(),
            List.of(
                order.stream().map(ofInput::get).toList(),
                order.stream().map(a -> ofResult[a]).toList()))
        .merged();
  }

  private static KernelWork work(
      ArgReduce op, LoweringContext context, IndexEmitter results, Config config, long blocks) {
    TensorType input = op.input().type();
    int axis = (int) op.axis();
    int group = config.group();
    long length = input.shape().extent(axis);
    long step =
        group == 1 ? results.innerStride(0) : input.layout().strides(input.shape().extents())[axis];
    double apart = Math.min(32.0 / input.elementType().bytes(), Math.max(1, step));
    double active = Math.min(config.threads(), Math.ceilDiv(results.count() * group, 32) * 32.0);
    double terms = Math.ceilDiv(length, group);
    List<Phase> phases = new ArrayList<>();
    phases.add(new Phase.Load("elements", input.bytes() * apart / blocks, false));
    phases.add(new Phase.Compute("comparisons", terms * 8 * active));
    phases.add(new Phase.Serial("comparisons", terms, Phase.Wait.ARITHMETIC));
    if (group > 1) {
      phases.add(new Phase.Serial("shuffles", 10, Phase.Wait.SHARED));
    }
    KernelWork.Distinct distinct = context.distinct(List.of(op.input()));
    phases.add(new Phase.Store("results", distinct.written() / blocks));
    return new KernelWork(blocks, config.threads(), 32, 0, distinct, phases);
  }

  /// The tuning parameters of the template.
  private record Config(int group, int threads) {}
}
