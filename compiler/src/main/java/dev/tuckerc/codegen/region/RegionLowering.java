package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.JoinedSums;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/// Regions of one spatial convolution and what follows it, by the templates `region.mma` and
/// `region.simt`; those of two convolutions whose results are added by `gemm.mma` ([JoinedSums]).
public final class RegionLowering implements OpLowering<Region> {
  /// Kernels whose text is written, beside the best of each kind; plans are many, and most are far
  /// from the best.
  private static final int MOST_CANDIDATES = 8;

  /// A plan with its predicted time.
  private record Rated(RegionPlan plan, KernelWork work, double microseconds) {}

  @Override
  public List<Candidate> candidates(Region op, LoweringContext context) {
    List<Candidate> candidates = new ArrayList<>(JoinedSums.candidates(op, context));
    RegionLifting.of(op, context)
        .ifPresent(chain -> {
          RegionKernel kernel = new RegionKernel(op, chain, context);
          SequencedMap<String, Long> shape = shape(chain, context);
          context
              .decided()
              .map(decision -> decided(chain, decision, context.device()))
              .orElseGet(() -> worthwhile(rated(chain, context.model())))
              .stream()
              .map(plan -> kernel.candidate(shape, plan))
              .forEach(candidates::add);
        });
    return candidates;
  }

  /// The plan that was decided for before.
  private static List<RegionPlan> decided(
      RegionChain chain, Decision decision, DeviceDescription device) {
    DeviceChain own = new DeviceChain(chain, device);
    return RegionTile.all(chain, device.computeCapability() >= 90).stream()
        .filter(tile -> tile.tuning().equals(decision.parameters()))
        .flatMap(tile -> RegionPlan.of(own, tile).stream())
        .toList();
  }

  /// A kind of plan.
  ///
  /// @param ownRows whether a warp has all channels of its rows
  private record Kind(long cluster, boolean resident, boolean ownRows) {
    static Kind of(RegionTile tile) {
      return new Kind(tile.cluster(), tile.resident(), tile.streams() == 1);
    }
  }

  /// The fastest plans, and the fastest of every kind, so that a measurement can overrule the
  /// model's opinion of them.
  private static List<RegionPlan> worthwhile(List<Rated> rated) {
    SequencedSet<RegionPlan> plans = new LinkedHashSet<>();
    rated.stream().limit(MOST_CANDIDATES).map(Rated::plan).forEach(plans::add);
    Set<Kind> kinds = new HashSet<>();
    for (Rated each : rated) {
      if (kinds.add(Kind.of(each.plan().tile()))) {
        plans.add(each.plan());
      }
    }
    return List.copyOf(plans);
  }

  /// Predicted time of the best kernel for a region, of which no text is written; empty where no
  /// kernel computes it.
  public static Optional<Estimate> estimate(Region op, LoweringContext context) {
    PerformanceModel model = context.model();
    Stream<KernelWork> joined = JoinedSums.candidates(op, context).stream().map(Candidate::work);
    Stream<KernelWork> chained =
        RegionLifting.of(op, context).flatMap(chain -> fastest(chain, model)).stream();
    return Stream.concat(joined, chained)
        .filter(work -> model.occupancy(work) > 0)
        .map(model::estimate)
        .min(Comparator.comparingDouble(Estimate::microseconds));
  }

  /// All plans that fit, the fastest first.
  private static List<Rated> rated(RegionChain chain, PerformanceModel model) {
    return rated(new DeviceChain(chain, model.device()), model, RegionWork::of);
  }

  /// The work of the fastest plan. A plan whose products alone take longer than another plan is not
  /// looked at any further.
  private static Optional<KernelWork> fastest(RegionChain chain, PerformanceModel model) {
    DeviceChain own = new DeviceChain(chain, model.device());
    KernelWork best = null;
    double least = Double.MAX_VALUE;
    for (Rated products : rated(own, model, RegionWork::ofProducts)) {
      if (products.microseconds() > least) {
        break;
      }
      KernelWork work = RegionWork.of(own, products.plan());
      double microseconds = model.estimate(work).microseconds();
      if (microseconds < least) {
        best = work;
        least = microseconds;
      }
    }
    return Optional.ofNullable(best);
  }

  /// All plans that fit, by the time of some of their work.
  private static List<Rated> rated(
      DeviceChain own,
      PerformanceModel model,
      BiFunction<DeviceChain, RegionPlan, KernelWork> part) {
    List<Rated> rated = new ArrayList<>();
    for (RegionTile tile : RegionTile.all(own.chain(), own.device().computeCapability() >= 90)) {
      Optional<RegionPlan> plan = RegionPlan.of(own, tile);
      if (plan.isEmpty()) {
        continue;
      }
      KernelWork work = part.apply(own, plan.get());
      if (model.occupancy(work) > 0) {
        rated.add(new Rated(plan.get(), work, model.estimate(work).microseconds()));
      }
    }
    rated.sort(Comparator.comparingDouble(Rated::microseconds));
    return rated;
  }

  private static SequencedMap<String, Long> shape(RegionChain chain, LoweringContext context) {
    GemmProblem problem = chain.first().problem();
    GemmProblem.Taps window = problem.window();
    List<Long> strides =
        chain.image().map(RegionLowering::imageStrides).orElse(problem.inputStrides());
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("IMAGE", chain.image().isPresent() ? 1L : 0L);
    shape.put("IMAGE_CHANNELS", chain.imageChannels());
    shape.put("STRIDE_C", strides.get(4));
    spread(shape, "IN", problem.inputExtents().subList(1, 3));
    spread(shape, "OUT", problem.pixels().subList(2, 4));
    shape.put("CHANNELS_IN", problem.run());
    shape.put("VECTOR", vector(problem, chain.arithmetic().chunk()));
    shape.put("CHUNK", (long) chain.arithmetic().chunk());
    shape.put("STRIDE_N", strides.get(0));
    spread(shape, "STRIDE", strides.subList(2, 4));
    spread(shape, "TAPS", window.kernel().subList(1, 3));
    if (chain.packsPixels()) {
      // A row of the window is one tap.
      shape.put("TAPS_W", 1L);
    }
    spread(shape, "STEP", window.step().subList(1, 3));
    spread(shape, "DILATION", window.dilation().subList(1, 3));
    spread(shape, "PAD", window.padBefore().subList(1, 3));
    shape.put("SM", (long) context.device().computeCapability());
    shape.put("PROGRAMMATIC", context.programmatic() ? 1L : 0L);
    shape.put("DEPTHWISE", chain.depthwise().isPresent() ? 1L : 0L);
    shape.put("AWAIT_HALO", RegionKernel.awaitsResidualsLater(chain) ? 1L : 0L);
    return shape;
  }

  /// Strides `[n, d, h, w, c]` of an image.
  private static List<Long> imageStrides(Value image) {
    List<Long> extents = image.shape().extents();
    long plane = extents.get(2) * extents.get(3);
    return List.of(extents.get(1) * plane, 0L, extents.get(3), 1L, plane);
  }

  private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> hw) {
    shape.put(prefix + "_H", hw.get(0));
    shape.put(prefix + "_W", hw.get(1));
  }

  /// Elements of one load of the input: the most, up to a chunk, to which every pixel is aligned.
  private static long vector(GemmProblem problem, long chunk) {
    long vector = chunk;
    while (problem.run() % vector != 0 || !aligned(problem.inputStrides(), vector)) {
      vector /= 2;
    }
    return vector;
  }

  private static boolean aligned(List<Long> strides, long vector) {
    return strides.get(0) % vector == 0
        && strides.get(2) % vector == 0
        && strides.get(3) % vector == 0;
  }
}
