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
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/// Reductions over any axes: one thread for each element of the result where neighbouring results
/// read neighbouring elements, a warp where the reduction itself runs along memory, or a block
/// where there are many elements for few results.
public final class ReduceLowering implements OpLowering<Reduce> {

  @Override
  public List<Candidate> candidates(Reduce op, LoweringContext context) {
    TensorType result = context.node().result().type();
    IndexEmitter kept = kept(op, result);
    IndexEmitter reduced = reduced(op);
    KernelTemplate template = context.template("reduce");
    Map<String, Long> shape = Map.of("COUNT", kept.count(), "LENGTH", reduced.count());
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, shape)) {
      Config config = TuningRecord.of(Config.class, constants);
      long group = config.group();
      int threads = config.threads();
      long blocks = Math.max(1, Math.ceilDiv(kept.count() * group, threads));
      candidates.add(
          new Candidate(
              instance(op, context, template, constants, kept, reduced),
              Extent.of(blocks),
              Extent.of(threads),
              0,
              List.of(context.argument(op.input()), context.result()),
              Map.of(),
              work(op, context, kept, reduced, config, blocks)));
    }
    return candidates;
  }

  private static TemplateInstance instance(
      Reduce op,
      LoweringContext context,
      KernelTemplate template,
      SequencedMap<String, Long> constants,
      IndexEmitter kept,
      IndexEmitter reduced) {
    DataType element = op.input().type().elementType();
    CudaType type = CudaType.of(element);
    AccumulatorType accumulator = AccumulatorType.of(element);
    SequencedSet<String> helpers = new LinkedHashSet<>();
    type.helper().ifPresent(helpers::add);
    List<String> base = new ArrayList<>(kept.coordinates("index", "i"));
    base.add("const unsigned base = " + kept.offset(0, "i") + ";");
    base.add("compute total = " + neutral(op.kind(), accumulator) + ";");
    List<String> accumulate = new ArrayList<>(reduced.coordinates("r", "k"));
    accumulate.add(
        "const %s value = %s;"
            .formatted(accumulator.name(), type.load("x[base + " + reduced.offset(0, "k") + "]")));
    accumulate.add("total = " + combine(op.kind(), "value") + ";");
    String mean =
        op.kind() == Reduce.Kind.MEAN
            ? "total / static_cast<" + accumulator.name() + ">(LENGTH)"
            : "total";
    CudaType result = CudaType.of(op.element());
    result.helper().ifPresent(helpers::add);
    String stored = result.store("static_cast<" + result.compute() + ">(" + mean + ")");
    Map<String, String> holes =
        Map.of(
            "parameters",
            "%s,\n%s* y"
                .formatted(
                    context.argument(op.input()).parameter(type.storage(), "x"), result.storage()),
            "base",
            String.join("\n", base),
            "accumulate",
            String.join("\n", accumulate),
            "type",
            "typedef " + accumulator.name() + " compute;",
            "combine",
            "total = " + combine(op.kind(), "other") + ";",
            "store",
            "y[" + kept.offset(1, "i") + "] = " + stored + ";");
    return new TemplateInstance(template, constants, holes, helpers);
  }

  /// The loop over results, in the memory order of the result: strides of the input, then of the
  /// result.
  private static IndexEmitter kept(Reduce op, TensorType result) {
    List<Long> inputStrides = strides(op.input().type());
    List<Long> ofInput = new ArrayList<>();
    for (int axis = 0; axis < inputStrides.size(); axis++) {
      boolean isReduced = op.axes().contains((long) axis);
      if (!isReduced) {
        ofInput.add(inputStrides.get(axis));
      } else if (op.keepDims()) {
        ofInput.add(0L);
      }
    }
    List<Integer> order = result.layout().orderFor(result.shape().rank());
    List<Long> extents = result.shape().extents();
    List<Long> ofResult = strides(result);
    return new IndexEmitter(
            order.stream().map(extents::get).toList(),
            List.of(
                order.stream().map(ofInput::get).toList(),
                order.stream().map(ofResult::get).toList()))
        .merged();
  }

  /// The loop over the reduced elements, in the memory order of the input.
  private static IndexEmitter reduced(Reduce op) {
    TensorType input = op.input().type();
    List<Integer> axes =
        input.layout().orderFor(input.shape().rank()).stream()
            .filter(axis -> op.axes().contains((long) axis))
            .toList();
    List<Long> extents = input.shape().extents();
    List<Long> strides = strides(input);
    return new IndexEmitter(
            axes.stream().map(extents::get).toList(),
            List.of(axes.stream().map(strides::get).toList()))
        .merged();
  }

  private static List<Long> strides(TensorType type) {
    long[] strides = type.layout().strides(type.shape().extents());
    return IntStream.range(0, strides.length).mapToObj(axis -> strides[axis]).toList();
  }

  private static String neutral(Reduce.Kind kind, AccumulatorType accumulator) {
    return switch (kind) {
      case SUM, MEAN -> "0";
      case PRODUCT -> "1";
      case MAXIMUM -> accumulator.lowest();
      case MINIMUM -> accumulator.highest();
    };
  }

  private static String combine(Reduce.Kind kind, String value) {
    return switch (kind) {
      case SUM, MEAN -> "total + " + value;
      case PRODUCT -> "total * " + value;
      case MAXIMUM -> AccumulatorType.greater("total", value);
      case MINIMUM -> AccumulatorType.lesser("total", value);
    };
  }

  private static KernelWork work(
      Reduce op,
      LoweringContext context,
      IndexEmitter kept,
      IndexEmitter reduced,
      Config config,
      long blocks) {
    long group = config.group();
    int threads = config.threads();
    TensorType input = op.input().type();
    double moved = blocks * movedBytes(input.elementType().bytes(), kept, reduced, blocks);
    // Warps without any result end at once.
    double active = Math.min(threads, Math.ceilDiv(kept.count() * group, 32) * 32.0);
    double terms = Math.ceilDiv(reduced.count(), group);
    List<Phase> phases = new ArrayList<>();
    // Four terms are loaded at a time and added one after the other. A sum of none takes a step,
    // too.
    double steps = Math.max(1, Math.ceil(terms / 4));
    phases.add(
        new Phase.Product(
            "terms",
            Unit.Scalar.FMA,
            terms * active,
            terms * 5 * active,
            (int) (active / 32),
            1,
            0,
            new Phase.Stream(moved / blocks, steps, 0, false, Phase.Sync.WARP)));
    if (group > 1) {
      // A shuffle and an addition, five times.
      phases.add(new Phase.Serial("shuffles", 5, Phase.Wait.SHARED));
      phases.add(new Phase.Serial("additions", 5, Phase.Wait.ARITHMETIC));
    }
    KernelWork.Distinct distinct = context.distinct(List.of(op.input()));
    phases.add(new Phase.Store("results", distinct.written() / blocks));
    return new KernelWork(blocks, threads, 32, 0, distinct, phases);
  }

  /// Bytes that a block reads, in whole sectors: runs along the reduced axes, or along neighbouring
  /// results, whichever are neighbours in memory.
  private static double movedBytes(
      int element, IndexEmitter kept, IndexEmitter reduced, long blocks) {
    double results = (double) kept.count() / blocks;
    if (blocks == 1) {
      return SectorSet.expected(results * reduced.count() * element, 0) * SectorSet.BYTES;
    }
    double all = results * reduced.count();
    double run = 1;
    if (reduced.innerStride(0) == 1) {
      run = reduced.innerExtent();
      if (kept.innerStride(0) == run) {
        run *= Math.min(results, kept.innerExtent());
      }
    } else if (kept.innerStride(0) == 1) {
      run = Math.min(results, kept.innerExtent());
    }
    long alignment = 0;
    for (IndexEmitter index : List.of(kept, reduced)) {
      for (long stride : index.strides().getFirst()) {
        alignment = stride == 1 ? alignment : SectorSet.alignment(stride * element, alignment);
      }
    }
    return all / run * SectorSet.expected(run * element, alignment) * SectorSet.BYTES;
  }

  /// The tuning parameters of the template.
  private record Config(int group, int threads) {}
}
