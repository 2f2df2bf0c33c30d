package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Writes the kernel of a region for a plan.
final class RegionKernel {
  /// Neighbouring channels that a thread has of the sums of a product.
  private static final int PAIR = 2;

  private final RegionChain chain;
  private final LoweringContext context;
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final RegionFragments fragments;
  private final RegionTensors tensors;

  RegionKernel(Region region, RegionChain chain, LoweringContext context) {
    this.chain = chain;
    this.context = context;
    this.fragments = new RegionFragments(chain, context);
    this.tensors = new RegionTensors(region, chain, context, fragments);
  }

  /// Whether residuals may still be on their way when the first stage starts.
  static boolean awaitsResidualsLater(RegionChain chain) {
    return chain.first().residuals().isEmpty()
        && IntStream.range(1, chain.stages().size()).anyMatch(chain::asksForMore);
  }

  /// The kernel as a candidate.
  ///
  /// @param shape the constants of the template that the layer decides
  Candidate candidate(SequencedMap<String, Long> shape, RegionPlan plan) {
    List<String> stages = new ArrayList<>();
    List<String> residuals = new ArrayList<>();
    for (int i = 0; i < chain.stages().size(); i++) {
      switch (chain.stages().get(i)) {
        case Product product -> {
          residuals.addAll(tensors.asked(product, i, plan));
          stages.add(product(product, i, plan));
        }
        case Depthwise depthwise -> stages.add(depthwise(depthwise, i, plan));
        case Pooled pooled -> stages.add(pool(pooled, i, plan));
      }
    }
    if (!residuals.isEmpty()) {
      residuals.add("commit_copies();");
    }
    KernelTemplate template = context.template(template());
    SequencedMap<String, Long> all = new LinkedHashMap<>(shape);
    all.putAll(plan.tile().constants());
    all.put("STREAM_BLOCKS", plan.streamBlocks());
    all.put("HALO", plan.halo());
    all.put("TAP_WEIGHTS", plan.taps());
    all.put("CONSTANTS", plan.constants());
    all.put("OFFSETS", plan.offsets());
    all.put("OFFSET_COUNT", plan.offsetCount());
    all.put("TAP_CHUNKS", plan.firstTapChunks());
    all.putAll(window(0, plan));
    all.put("CONSTANT_CHUNKS", chain.keptElements() / 4);
    String element = chain.image().isPresent() ? "float" : "Element";
    List<String> allParameters = new ArrayList<>(List.of("const " + element + "* input"));
    Value input = chain.image().orElse(chain.first().problem().input());
    List<Argument> allArguments = new ArrayList<>(List.of(tensors.argument(input)));
    Map<String, Supplier<Tensor>> packed = new LinkedHashMap<>();
    for (RegionWeights.Packed weights : RegionWeights.of(chain, plan)) {
      allParameters.add(weights.parameter());
      allArguments.add(new Argument.Weight(weights.name()));
      packed.put(weights.name(), weights.data());
    }
    allParameters.addAll(tensors.parameters());
    allArguments.addAll(tensors.arguments());
    Map<String, String> holes =
        Map.of(
            "parameters", String.join(",\n", allParameters),
            "other_constants", fragments.part("region.other_constants", all),
            "halo", fragments.part("region.halo", all),
            "residuals", String.join("\n", residuals),
            "stages", String.join("\n\n", stages));
    KernelWork work = RegionWork.of(new DeviceChain(chain, context.device()), plan);
    all.keySet().retainAll(template.shapes());
    return new Candidate(
        new TemplateInstance(
            template, template.constants(all, plan.tile().tuning()), holes, helpers),
        Extent.of(RegionWork.grid(plan, work, context.device())),
        Extent.of(plan.tile().threads()),
        Math.toIntExact(plan.sharedBytes()),
        allArguments,
        packed,
        work);
  }

  private String product(Product product, int index, RegionPlan plan) {
    StagePlan stage = plan.stages().get(index);
    Division division = stage.division().orElseThrow();
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("FIRST", index == 0 ? 1L : 0L);
    shape.put("TABLE", division.walk() == TermWalk.TABLE ? 1L : 0L);
    boolean unrolled = division.walk() == TermWalk.UNROLLED;
    shape.put("TAP_STEPS", unrolled ? division.tapChunks() / 2 / division.split() : 0L);
    shape.put("TERM_CHUNKS", division.termChunks());
    shape.putAll(window(index, plan));
    shape.put("EXCHANGE", plan.exchange());
    shape.put("ROW_BLOCKS", division.rowBlocks());
    shape.put("CHANNEL_BLOCKS", division.channelBlocks());
    shape.put("CHANNEL_EIGHTHS", division.channelEighths());
    shape.put("SPLIT", division.split());
    shape.put("PASSES", division.passes());
    shape.put("PART_STEPS", division.partSteps());
    shape.put("PLACES", division.places());
    long depth = plan.tile().depth();
    // The last chunk of a row of the window ends with a tap too many.
    long across = product.problem().window().kernel().get(2);
    shape.put("ODD_ROW", index == 0 && chain.packsPixels() ? across % 2 : 0L);
    shape.put("DEPTH", depth);
    boolean straight = unrolled || plan.readsHeld(index);
    shape.put("UNROLL", straight ? division.partSteps() + 1 : division.unroll(depth));
    // Of the blocks of weights that are asked for while this product uses its own.
    shape.put("REFILLS", plan.streamBlocks() - plan.streamBlocks(index) - depth);
    String sums =
        fragments.of(
            "region.sums",
            index,
            plan,
            Map.of("compute", compute(product, index, plan, PAIR)),
            shape);
    Map<String, String> holes = new LinkedHashMap<>();
    holes.put("title", title(index, plan));
    holes.put("sums", sums);
    holes.put("finish", finish(index, plan, division.blockChannels() / arithmetic().chunk()));
    if (arithmetic() == RegionArithmetic.TENSOR_CORES) {
      holes.put("held", held(index, plan));
    }
    return fragments.of(productFragment(), index, plan, holes, shape);
  }

  /// The title of a product, and the registers for a result that stays in them.
  private String title(int index, RegionPlan plan) {
    boolean held = plan.stages().get(index).held();
    String title = fragments.title(index, held);
    if (!held) {
      return title;
    }
    Division next = plan.stages().get(index + 1).division().orElseThrow();
    return title
        + "\nunsigned %s[%d][%d][4] = {};"
            .formatted(heldRows(index), next.rowBlocks(), next.partSteps());
  }

  /// Which registers a product reads and writes.
  private static String held(int index, RegionPlan plan) {
    List<String> names = new ArrayList<>();
    if (plan.readsHeld(index)) {
      names.add("const auto& held_rows = " + heldRows(index - 1) + ";");
    }
    if (plan.stages().get(index).held()) {
      names.add("auto& held_result = " + heldRows(index) + ";");
    }
    return String.join("\n", names);
  }

  private static String heldRows(int index) {
    return "stage" + (index + 1) + "_rows";
  }

  /// Where warps and blocks find the terms of their groups ([ProductTerms]): the last places at
  /// which their windows may begin, 0 where all read the same.
  private SequencedMap<String, Long> window(int index, RegionPlan plan) {
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    for (String name :
        List.of(
            "LAST_WINDOW", "LAST_BLOCK_WINDOW", "GROUP_CHANNELS", "GROUP_RUN", "BLOCK_CHANNELS")) {
      shape.put(name, 0L);
    }
    if (chain.stages().get(index) instanceof Product product) {
      Division division = plan.stages().get(index).division().orElseThrow();
      ProductTerms terms = ProductTerms.of(chain, product, index == 0);
      long ofBlock = index == 0 ? plan.tile().chunks() : terms.tapChunks();
      shape.put("LAST_WINDOW", ofBlock - division.tapChunks());
      shape.put("LAST_BLOCK_WINDOW", terms.tapChunks() - ofBlock);
      shape.put("GROUP_CHANNELS", terms.groupChannels());
      shape.put("GROUP_RUN", terms.groupRun());
      shape.put("BLOCK_CHANNELS", division.blockChannels());
    }
    return shape;
  }

  private String template() {
    return switch (arithmetic()) {
      case TENSOR_CORES -> "region.mma";
      case SCALAR -> "region.simt";
    };
  }

  private String productFragment() {
    return switch (arithmetic()) {
      case TENSOR_CORES -> "region.product";
      case SCALAR -> "region.scalar_product";
    };
  }

  private String depthwise(Depthwise depthwise, int index, RegionPlan plan) {
    return fragments.of(
        "region.depthwise",
        index,
        plan,
        Map.of(
            "title", fragments.title(index, false),
            "compute", compute(depthwise, index, plan, arithmetic().chunk()),
            "finish", finish(index, plan, plan.tile().chunks())),
        Map.of("TAP_WEIGHTS", plan.taps(), "SPAN", RegionPlan.depthwiseSpan(depthwise)));
  }

  /// The end of a stage.
  ///
  /// @param sliceChunks chunks of channels that a block has of a pixel
  private String finish(int index, RegionPlan plan, long sliceChunks) {
    if (plan.stages().get(index).held() && !chain.asksForMore(index + 1)) {
      return "";
    }
    Map<String, String> holes = Map.of("store", tensors.stores().get(index));
    return fragments.of("region.finish", index, plan, holes, Map.of("SLICE_CHUNKS", sliceChunks));
  }

  private RegionArithmetic arithmetic() {
    return chain.arithmetic();
  }

  private String pool(Pooled pooled, int index, RegionPlan plan) {
    Map<String, String> holes =
        Map.of("title", fragments.title(index, false), "store", tensors.stores().get(index));
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("MAXIMUM", pooled.kind() == Pool.Kind.MAXIMUM ? 1L : 0L);
    boolean sliced = plan.tile().cluster() > 1 && !chain.isMultiplied(index);
    shape.put("SLICED", sliced ? 1L : 0L);
    shape.put(
        "SLICE_CHUNKS",
        sliced
            ? plan.stages().get(index - 1).division().orElseThrow().blockChannels()
                / arithmetic().chunk()
            : arithmetic().chunks(pooled.channels()));
    return fragments.of("region.pool", index, plan, holes, shape);
  }

  /// Code that turns sums of neighbouring channels into values.
  ///
  /// @param width how many sums
  private String compute(Sum sum, int index, RegionPlan plan, int width) {
    StagePlan stage = plan.stages().get(index);
    GemmProblem problem = sum.problem();
    List<OutputOperand> operands = new ArrayList<>();
    for (int i = 0; i < problem.operands().size(); i++) {
      OutputOperand operand = problem.operands().get(i);
      int residual = sum.residuals().indexOf(i);
      // Residuals and constants of the channels are in shared memory.
      Optional<RegionChain.Kept> kept = chain.kept(index, i);
      String pointer = RegionTensors.pointer(sum, index, i);
      if (residual >= 0) {
        pointer = inShared("Element", stage.residuals().get(residual));
      } else if (kept.isPresent()) {
        pointer = inShared("float", plan.constants() + 4 * kept.get().offset());
      }
      operands.add(
          new OutputOperand(
              pointer,
              operand.type(),
              operand.expressionType(),
              List.of(),
              List.of(residual < 0 ? 0 : stage.targetPitch() / arithmetic().type().bytes()),
              operand.channel()));
    }
    EpilogueEmitter.Emitted code =
        new EpilogueEmitter(List.of(), List.of(stage.rows()), sum.channels())
            .compute(problem.body(), problem.sumType(), operands, width);
    helpers.addAll(code.helpers());
    return code.code();
  }

  private static String inShared(String element, long offset) {
    return "reinterpret_cast<const %s*>(shared + %d)".formatted(element, offset);
  }
}
