package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
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
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.cost.Unit;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Softmax and its logarithm along any axis; a thread, a warp or a block for each row.
public final class SoftmaxLowering implements OpLowering<Softmax> {
  /// What every multiprocessor's first-level cache holds at least.
  private static final int CACHED_BYTES = 32 * 1024;

  @Override
  public List<Candidate> candidates(Softmax op, LoweringContext context) {
    TensorType input = op.input().type();
    TensorType result = context.node().result().type();
    int axis = (int) op.axis();
    long length = input.shape().extent(axis);
    IndexEmitter rows = rows(input, result, axis);
    long strideX = input.layout().strides(input.shape().extents())[axis];
    long strideY = result.layout().strides(result.shape().extents())[axis];
    KernelTemplate template = context.template("softmax");
    Map<String, Long> shape =
        Map.of("COUNT", rows.count(), "LENGTH", length, "STRIDE_X", strideX, "STRIDE_Y", strideY);
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, shape)) {
      Config config = TuningRecord.of(Config.class, constants);
      long blocks = Math.max(1, Math.ceilDiv(rows.count() * config.group(), config.threads()));
      candidates.add(
          new Candidate(
              instance(op, context, template, constants, rows),
              Extent.of(blocks),
              Extent.of(config.threads()),
              0,
              List.of(context.argument(op.input()), context.result()),
              Map.of(),
              work(op, context, rows.count(), length, config, blocks)));
    }
    return candidates;
  }

  /// The tuning parameters of the template.
  private record Config(int group, int threads) {}

  private static KernelWork work(
      Softmax op, LoweringContext context, long rows, long length, Config config, long blocks) {
    int group = config.group();
    TensorType input = op.input().type();
    double active = Math.min(config.threads(), Math.ceilDiv(rows * group, 32) * 32.0);
    double each = Math.ceilDiv(length, group);
    // The first of the three passes brings the rows of a block into the first-level cache, where
    // they fit. Rows along memory are read whole; of others, neighbours share sectors.
    long stride = input.layout().strides(input.shape().extents())[(int) op.axis()];
    double neighbours = (double) rows / blocks;
    double bytes = moved(input, stride, neighbours, length);
    boolean cached = bytes <= CACHED_BYTES;
    List<Phase> phases = new ArrayList<>();
    phases.add(pass("maximum", each, active, 5, bytes, true));
    exchange("maximum of all", group, phases);
    // An exponential costs about ten instructions.
    phases.add(pass("sum", each, active, 16, bytes, !cached));
    exchange("sum of all", group, phases);
    phases.add(pass("quotients", each, active, 20, bytes, !cached));
    KernelWork.Distinct distinct = context.distinct(List.of(op.input()));
    TensorType result = context.node().result().type();
    long resultStride = result.layout().strides(result.shape().extents())[(int) op.axis()];
    phases.add(new Phase.Store("results", moved(result, resultStride, neighbours, length)));
    return new KernelWork(blocks, config.threads(), 32, 0, distinct, phases);
  }

  /// Bytes of the sectors that some neighbouring rows touch.
  private static double moved(TensorType type, long stride, double rows, long length) {
    int element = type.elementType().bytes();
    return stride == 1
        ? rows * length * element
        : length * SectorSet.expected(rows * element, stride * element) * SectorSet.BYTES;
  }

  /// One pass over the rows; a thread's steps wait for each other.
  private static Phase pass(
      String name, double each, double active, double instructions, double bytes, boolean far) {
    double steps = Math.max(1, each);
    return far
        ? new Phase.Product(
            name,
            Unit.Scalar.FMA,
            each * active,
            each * instructions * active,
            (int) (active / 32),
            1,
            0,
            new Phase.Stream(bytes, steps, 0, false, Phase.Sync.WARP))
        : new Phase.Product(
            name,
            Unit.Scalar.FMA,
            each * active,
            each * instructions * active,
            (int) (active / 32),
            1,
            0,
            new Phase.Stream(0, steps, 0, true, Phase.Sync.WARP));
  }

  private static void exchange(String name, int group, List<Phase> phases) {
    if (group > 1) {
      phases.add(new Phase.Serial(name, 5, Phase.Wait.SHARED));
    }
    if (group > 32) {
      phases.add(
          new Phase.Exchange(name + " warps", Phase.Scope.BLOCK, group / 32.0 * group * 4, 2));
    }
  }

  private static TemplateInstance instance(
      Softmax op,
      LoweringContext context,
      KernelTemplate template,
      SequencedMap<String, Long> constants,
      IndexEmitter rows) {
    DataType element = op.input().type().elementType();
    CudaType type = CudaType.of(element);
    AccumulatorType accumulator = AccumulatorType.of(element);
    SequencedSet<String> helpers = new LinkedHashSet<>();
    type.helper().ifPresent(helpers::add);
    String f = element == DataType.F64 ? "" : "f";
    List<String> base = new ArrayList<>(rows.coordinates("row", "i"));
    base.add(
        "const unsigned from = " + rows.offset(0, "i") + ", to = " + rows.offset(1, "i") + ";");
    String load = "const compute value = " + type.load("x[from + k * STRIDE_X]") + ";";
    String probability =
        op.logarithm()
            ? "value - largest - log" + f + "(total)"
            : "exp" + f + "(value - largest) / total";
    Map<String, String> holes =
        Map.of(
            "parameters",
            "%s,\n%s* y"
                .formatted(
                    context.argument(op.input()).parameter(type.storage(), "x"), type.storage()),
            "type",
            "typedef " + accumulator.name() + " compute;",
            "base",
            String.join("\n", base),
            "first",
            "compute largest = " + accumulator.lowest() + ";",
            "load",
            load,
            "accumulate",
            load + "\ntotal += exp" + f + "(value - largest);",
            "store",
            load + "\ny[to + k * STRIDE_Y] = " + type.store(probability) + ";");
    return new TemplateInstance(template, constants, holes, helpers);
  }

  /// The loop over rows, in the memory order of the result: strides of the input, then of the
  /// result.
  private static IndexEmitter rows(TensorType input, TensorType result, int axis) {
    List<Long> extents = result.shape().extents();
    long[] x = input.layout().strides(extents);
    long[] y = result.layout().strides(extents);
    List<Integer> order =
        result.layout().orderFor(extents.size()).stream().filter(a -> a != axis).toList();
    return new IndexEmitter(
            order.stream().map(extents::get).toList(),
            List.of(order.stream().map(a -> x[a]).toList(), order.stream().map(a -> y[a]).toList()))
        .merged();
  }
}
