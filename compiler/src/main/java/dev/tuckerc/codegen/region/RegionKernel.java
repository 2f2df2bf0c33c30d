package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.region.RegionPlan.Division;
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

  private final Region region;
  private final RegionChain chain;
  private final LoweringContext context;
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> arguments = new ArrayList<>();
  private final List<String> stores = new ArrayList<>();
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final RegionFragments fragments;

  RegionKernel(Region region, RegionChain chain, LoweringContext context) {
    this.region = region;
    this.chain = chain;
    this.context = context;
    this.fragments = new RegionFragments(chain, context);
    for (int i = 0; i < chain.stages().size(); i++) {
      if (chain.stages().get(i) instanceof Sum sum) {
        declareOperands(sum, i);
      }
      stores.add(store(chain.stages().get(i), i));
    }
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
          branch(product, i, plan).ifPresent(residuals::add);
          residuals.addAll(residuals(product, i, plan));
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
    all.put(
        "TAP_CHUNKS",
        plan.stages().getFirst().division().map(Division::tapChunks).orElse(0L));
    all.put("CONSTANT_CHUNKS", chain.keptElements() / 4);
    String element = chain.image().isPresent() ? "float" : "Element";
    List<String> allParameters = new ArrayList<>(List.of("const " + element + "* input"));
    Value input = chain.image().orElse(chain.first().problem().input());
    List<Argument> allArguments = new ArrayList<>(List.of(argument(input)));
    Map<String, Supplier<Tensor>> packed = new LinkedHashMap<>();
    for (RegionWeights.Packed weights : RegionWeights.of(chain, plan)) {
      allParameters.add(weights.parameter());
      allArguments.add(new Argument.Weight(weights.name()));
      packed.put(weights.name(), weights.data());
    }
    allParameters.addAll(parameters);
    allArguments.addAll(arguments);
    Map<String, String> holes =
        Map.of(
            "parameters", String.join(",\n", allParameters),
            "other_constants", fragments.part("region.other_constants", all),
            "halo", fragments.part("region.halo", all),
            "residuals", String.join("\n", residuals),
            "stages", String.join("\n\n", stages));
    KernelWork work = RegionWork.of(chain, plan, context.device());
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
    ProductTerms terms = ProductTerms.of(chain, product, index == 0);
    // The last place where the window of a warp may begin.
    shape.put("LAST_WINDOW", terms.tapChunks() - division.tapChunks());
    shape.put("GROUP_CHANNELS", terms.groupChannels());
    shape.put("GROUP_RUN", terms.groupRun());
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
    shape.put("UNROLL", unrolled ? division.partSteps() + 1 : division.unroll(depth));
    // Of the blocks of weights that are asked for while this product uses its own.
    shape.put("REFILLS", plan.streamBlocks() - plan.streamBlocks(index) - depth);
    String sums =
        fragments.of(
            "region.sums",
            index,
            plan,
            Map.of("compute", compute(product, index, plan, PAIR)),
            shape);
    Map<String, String> holes =
        Map.of(
            "title", fragments.title(index),
            "sums", sums,
            "finish", finish(index, plan, sliceChunks(division)));
    return fragments.of(productFragment(), index, plan, holes, shape);
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
            "title", fragments.title(index),
            "compute", compute(depthwise, index, plan, arithmetic().chunk()),
            "finish", finish(index, plan, plan.tile().chunks())),
        Map.of("TAP_WEIGHTS", plan.taps(), "SPAN", RegionPlan.depthwiseSpan(depthwise)));
  }

  /// The end of a stage.
  ///
  /// @param sliceChunks chunks of channels that a block has of a pixel
  private String finish(int index, RegionPlan plan, long sliceChunks) {
    Map<String, String> holes = Map.of("store", stores.get(index));
    return fragments.of("region.finish", index, plan, holes, Map.of("SLICE_CHUNKS", sliceChunks));
  }

  private RegionArithmetic arithmetic() {
    return chain.arithmetic();
  }

  private long sliceChunks(Division division) {
    return division.passes() * division.passChannels() / arithmetic().chunk();
  }

  private String pool(Pooled pooled, int index, RegionPlan plan) {
    Map<String, String> holes = Map.of("title", fragments.title(index), "store", stores.get(index));
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("MAXIMUM", pooled.kind() == Pool.Kind.MAXIMUM ? 1L : 0L);
    boolean sliced = plan.tile().cluster() > 1 && !chain.isMultiplied(index);
    shape.put("SLICED", sliced ? 1L : 0L);
    shape.put(
        "SLICE_CHUNKS",
        sliced
            ? sliceChunks(plan.stages().get(index - 1).division().orElseThrow())
            : arithmetic().chunks(pooled.channels()));
    return fragments.of("region.pool", index, plan, holes, shape);
  }

  /// Code that brings the residuals of a product into shared memory.
  private List<String> residuals(Product product, int index, RegionPlan plan) {
    StagePlan stage = plan.stages().get(index);
    List<String> code = new ArrayList<>();
    for (int i = 0; i < product.residuals().size(); i++) {
      SequencedMap<String, Long> shape = new LinkedHashMap<>();
      shape.put("TARGET", stage.residuals().get(i));
      shape.put("SLICED", 1L);
      shape.put("SLICE_CHUNKS", sliceChunks(stage.division().orElseThrow()));
      Value added = product.problem().operandValues().get(product.residuals().get(i));
      List<Long> extents = added.shape().extents();
      long pitch = pixelPitch(added);
      shape.put("STEP_N", pitch * extents.get(2) * extents.get(3));
      shape.put("STEP_Y", pitch * extents.get(3));
      shape.put("STEP_X", pitch);
      shape.put("VECTOR", vector(added));
      String pointer = pointer(product, index, product.residuals().get(i));
      code.add(asked("// What stage %d adds is asked for now.", index, plan, pointer, shape));
    }
    return code;
  }

  /// Code that brings the channels of a branch into shared memory.
  private Optional<String> branch(Product product, int index, RegionPlan plan) {
    return product
        .problem()
        .branch()
        .map(branch -> {
          SequencedMap<String, Long> shape = new LinkedHashMap<>();
          shape.put("CHANNELS", branch.run());
          shape.put("TARGET", plan.stages().get(index).branch());
          shape.put("TARGET_PITCH", plan.stages().get(index).sourcePitch());
          // Every block of a cluster needs all of them.
          shape.put("SLICED", 0L);
          shape.put("SLICE_CHUNKS", arithmetic().chunks(branch.run()));
          shape.put("STEP_N", branch.strides().get(0));
          shape.put("STEP_Y", branch.strides().get(2));
          shape.put("STEP_X", branch.strides().get(3));
          shape.put("VECTOR", branch.vector());
          String title =
              "// Further terms of stage %d are asked for now, beside the others' place.";
          return asked(title, index, plan, branchPointer(index), shape);
        });
  }

  private String asked(
      String title, int index, RegionPlan plan, String pointer, Map<String, Long> shape) {
    SequencedMap<String, Long> all = new LinkedHashMap<>(shape);
    all.put("SM", (long) context.device().computeCapability());
    return fragments.of(
        "region.residual",
        index,
        plan,
        Map.of(
            "title",
            title.formatted(index + 1),
            "source",
            "const Element* const source = " + pointer + " + offset;"),
        all);
  }

  private static String branchPointer(int index) {
    return "stage" + (index + 1) + "_branch";
  }

  /// Elements from one pixel of a tensor to the next.
  private static long pixelPitch(Value value) {
    long pitch = value.type().layout().pitch();
    return pitch == 0 ? value.shape().extent(1) : pitch;
  }

  /// Elements of one access to a pixel's channels: the most, up to a chunk, to which all are
  /// aligned.
  private long vector(Value value) {
    return Math.min(
        arithmetic().chunk(), Long.lowestOneBit(value.shape().extent(1) | pixelPitch(value)));
  }

  private static String pointer(Sum sum, int index, int operand) {
    return "stage" + (index + 1) + "_" + sum.problem().operands().get(operand).pointer();
  }

  private void declareOperands(Sum sum, int index) {
    GemmProblem problem = sum.problem();
    problem
        .branch()
        .ifPresent(branch -> {
          Argument argument = argument(branch.input());
          parameters.add(argument.parameter("Element", branchPointer(index)));
          arguments.add(argument);
        });
    for (int i = 0; i < problem.operands().size(); i++) {
      if (chain.kept(index, i).isPresent()) {
        continue;
      }
      Argument argument = argument(problem.operandValues().get(i));
      String type = CudaType.of(problem.operands().get(i).type()).storage();
      parameters.add(argument.parameter(type, pointer(sum, index, i)));
      arguments.add(argument);
    }
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
      String pointer = pointer(sum, index, i);
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

  /// Code that stores a chunk of a pixel's channels; declares the parameter it writes.
  private String store(Stage stage, int index) {
    if (stage.stored().isEmpty()) {
      return "";
    }
    String pointer = "stage" + (index + 1) + "_y";
    parameters.add("Element* " + pointer);
    Value stored = stage.stored().get();
    arguments.add(new Argument.Activation(stored));
    long vector = vector(stored);
    String target = "%s + row * %du + channel".formatted(pointer, pixelPitch(stored));
    long chunk = arithmetic().chunk();
    if (vector == chunk) {
      return "*reinterpret_cast<Packed<Element, %d>*>(%s) = *kept;".formatted(chunk, target);
    }
    return """
    #pragma unroll
    for (int piece = 0; piece < %4$d; piece += %1$d) {
      if (channel + piece < %2$du) {
        *reinterpret_cast<Packed<Element, %1$d>*>(%3$s + piece) =
            *reinterpret_cast<const Packed<Element, %1$d>*>(kept->value + piece);
      }
    }\
    """
        .formatted(vector, stage.channels(), target, chunk);
  }

  /// The argument for a value of the body that comes from outside.
  private Argument argument(Value inside) {
    int index = region.body().inputs().indexOf(inside);
    return context.argument(region.operands().get(index));
  }
}
