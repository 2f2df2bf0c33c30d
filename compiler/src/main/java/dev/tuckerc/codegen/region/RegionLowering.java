package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Region;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Regions of one spatial convolution and what follows it, by the template `region.mma`.
public final class RegionLowering implements OpLowering<Region> {
  /// Kernels whose text is written; plans are many, and most are far from the best.
  private static final int MOST_CANDIDATES = 12;

  /// A plan with the constants of its kernel and its predicted time.
  private record Rated(
      SequencedMap<String, Long> constants, RegionPlan plan, double microseconds) {}

  @Override
  public List<Candidate> candidates(Region op, LoweringContext context) {
    Optional<RegionChain> chain = RegionChain.of(op, context);
    if (chain.isEmpty()) {
      return List.of();
    }
    KernelTemplate template = context.template("region.mma");
    PerformanceModel model = new PerformanceModel(context.device());
    List<Rated> rated = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, shape(chain.get(), context))) {
      Optional<RegionPlan> plan = RegionPlan.of(chain.get(), tile(constants), context.device());
      if (plan.isPresent()) {
        KernelWork work = RegionWork.of(chain.get(), plan.get(), context);
        if (model.occupancy(work) > 0) {
          rated.add(new Rated(constants, plan.get(), model.estimate(work).microseconds()));
        }
      }
    }
    rated.sort(Comparator.comparingDouble(Rated::microseconds));
    RegionKernel kernel = new RegionKernel(op, chain.get(), context);
    return rated.stream()
        .limit(MOST_CANDIDATES)
        .map(r -> kernel.candidate(template, r.constants(), r.plan()))
        .toList();
  }

  private static RegionPlan.Tile tile(Map<String, Long> constants) {
    return new RegionPlan.Tile(
        value(constants, "TILE_H"),
        value(constants, "TILE_W"),
        value(constants, "ROW_PARTS"),
        value(constants, "STREAMS"),
        value(constants, "DEPTH"),
        value(constants, "CLUSTER"),
        value(constants, "BLOCKS"),
        value(constants, "HALO"),
        value(constants, "HALO_PITCH"),
        value(constants, "HALO_H") * value(constants, "HALO_W"),
        value(constants, "AFTER_HALO"));
  }

  private static long value(Map<String, Long> constants, String name) {
    Long value = constants.get(name);
    if (value == null) {
      throw new IllegalStateException("the template region.mma has no constant " + name);
    }
    return value;
  }

  private static SequencedMap<String, Long> shape(RegionChain chain, LoweringContext context) {
    GemmProblem problem = chain.first().problem();
    GemmProblem.Taps window = problem.window();
    List<Long> strides = problem.inputStrides();
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("IMAGES", problem.pixels().getFirst());
    spread(shape, "IN", problem.inputExtents().subList(1, 3));
    spread(shape, "OUT", problem.pixels().subList(2, 4));
    shape.put("CHANNELS_IN", problem.run());
    shape.put("VECTOR", vector(problem));
    shape.put("STRIDE_N", strides.get(0));
    spread(shape, "STRIDE", strides.subList(2, 4));
    spread(shape, "TAPS", window.kernel().subList(1, 3));
    spread(shape, "STEP", window.step().subList(1, 3));
    spread(shape, "DILATION", window.dilation().subList(1, 3));
    spread(shape, "PAD", window.padBefore().subList(1, 3));
    shape.put("SM", (long) context.device().computeCapability());
    shape.put("POOLED", chain.pools() ? 4L : 1L);
    return shape;
  }

  private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> hw) {
    shape.put(prefix + "_H", hw.get(0));
    shape.put(prefix + "_W", hw.get(1));
  }

  /// Elements of one load of the input: the most, up to 8, to which every pixel is aligned.
  private static long vector(GemmProblem problem) {
    long vector = 8;
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
