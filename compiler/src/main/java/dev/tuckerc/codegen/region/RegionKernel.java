package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Writes the kernel of a region for a plan.
final class RegionKernel {
  private static final int WIDTH = 8;

  private final Region region;
  private final RegionChain chain;
  private final LoweringContext context;
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> arguments = new ArrayList<>();
  private final SequencedSet<String> helpers = new LinkedHashSet<>();

  /// What the holes of each stage are filled with, whatever the plan.
  private final List<SequencedMap<String, String>> holes = new ArrayList<>();

  RegionKernel(Region region, RegionChain chain, LoweringContext context) {
    this.region = region;
    this.chain = chain;
    this.context = context;
    for (int i = 0; i < chain.stages().size(); i++) {
      SequencedMap<String, String> own = new LinkedHashMap<>();
      own.put("title", title(i));
      switch (chain.stages().get(i)) {
        case Product product -> own.put("compute", compute(product, i));
        case Pooled _ -> {}
      }
      own.put("store", store(chain.stages().get(i), i));
      holes.add(own);
    }
  }

  /// The kernel as a candidate.
  ///
  /// @param constants of the template `region.mma`
  Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, RegionPlan plan) {
    List<String> stages = new ArrayList<>();
    for (int i = 0; i < chain.stages().size(); i++) {
      stages.add(
          switch (chain.stages().get(i)) {
            case Product product -> product(product, i, plan);
            case Pooled pooled -> pool(pooled, i, plan);
          });
    }
    SequencedMap<String, Long> all = new LinkedHashMap<>(constants);
    all.put("STREAM_BLOCKS", plan.streamBlocks());
    String name = weightName(plan);
    List<String> allParameters = new ArrayList<>();
    allParameters.add("const half_bits* input");
    allParameters.add("const half_bits* __restrict__ weights");
    allParameters.addAll(parameters);
    List<Argument> allArguments = new ArrayList<>();
    allArguments.add(argument(chain.first().problem().input()));
    allArguments.add(new Argument.Weight(name));
    allArguments.addAll(arguments);
    return new Candidate(
        new TemplateInstance(
            template,
            all,
            Map.of(
                "parameters", String.join(",\n", allParameters),
                "stages", String.join("\n\n", stages)),
            helpers),
        Extent.of(plan.tile().blocks()),
        Extent.of(plan.tile().threads()),
        Math.toIntExact(plan.sharedBytes()),
        allArguments,
        Map.of(name, () -> RegionWeights.pack(chain, plan)),
        RegionWork.of(chain, plan, context));
  }

  /// Unique among the weights of a program: the plan decides the order of the data.
  private String weightName(RegionPlan plan) {
    StringBuilder order = new StringBuilder();
    for (StagePlan stage : plan.stages()) {
      stage
          .division()
          .ifPresent(
              d -> order.append("-%dx%dx%d".formatted(d.channelBlocks(), d.split(), d.passes())));
    }
    List<String> names = chain.products().stream().map(p -> p.weight().name()).toList();
    return "%s#region%dx%d%s"
        .formatted(String.join("+", names), plan.tile().streams(), plan.tile().cluster(), order);
  }

  private String product(Product product, int index, RegionPlan plan) {
    StagePlan stage = plan.stages().get(index);
    Division division = stage.division().orElseThrow();
    List<Long> pixels = product.problem().pixels();
    boolean first = index == 0;
    SequencedMap<String, Long> shape = geometry(index, plan, pixels.get(2), pixels.get(3));
    shape.put("FIRST", first ? 1L : 0L);
    shape.put("TERM_CHUNKS", division.termChunks());
    shape.put("SHARED_BY_CLUSTER", stage.keeps() && plan.tile().cluster() > 1 ? 1L : 0L);
    shape.put("RESULTS", plan.results());
    shape.put("ROW_BLOCKS", division.rowBlocks());
    shape.put("CHANNEL_BLOCKS", division.channelBlocks());
    shape.put("SPLIT", division.split());
    shape.put("PASSES", division.passes());
    shape.put("PART_STEPS", division.partSteps());
    shape.put("PLACES", division.places());
    return fragment("region.product", index, shape);
  }

  private String pool(Pooled pooled, int index, RegionPlan plan) {
    List<Long> extents = pooled.node().result().shape().extents();
    SequencedMap<String, Long> shape = geometry(index, plan, extents.get(2), extents.get(3));
    shape.put("MAXIMUM", pooled.kind() == Pool.Kind.MAXIMUM ? 1L : 0L);
    return fragment("region.pool", index, shape);
  }

  private SequencedMap<String, Long> geometry(
      int index, RegionPlan plan, long stageHeight, long stageWidth) {
    StagePlan stage = plan.stages().get(index);
    long channels = chain.stages().get(index).channels();
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("CHANNELS", channels);
    shape.put("KEPT_CHANNELS", RegionPlan.padded(channels));
    shape.put("KEEP", stage.keeps() ? 1L : 0L);
    shape.put("LAST", index == plan.stages().size() - 1 ? 1L : 0L);
    shape.put("SOURCE", stage.source());
    shape.put("SOURCE_PITCH", stage.sourcePitch());
    shape.put("TARGET", stage.target());
    shape.put("TARGET_PITCH", stage.targetPitch());
    shape.put("ROWS", plan.tile().rows() / (stage.down() * stage.down()));
    shape.put("ROW_WIDTH", plan.tile().width() / stage.down());
    shape.put("DOWN", stage.down());
    shape.put("STAGE_H", stageHeight);
    shape.put("STAGE_W", stageWidth);
    return shape;
  }

  private String fragment(String name, int index, SequencedMap<String, Long> shape) {
    KernelTemplate fragment = context.library().fragment(name);
    return new TemplateInstance(
            fragment, fragment.constants(shape, Map.of()), holes.get(index), new LinkedHashSet<>())
        .text();
  }

  private String title(int index) {
    Stage stage = chain.stages().get(index);
    String what =
        switch (stage) {
          case Product product when index == 0 -> {
            List<Long> kernel = product.problem().window().kernel();
            yield "convolution %d x %d, %d -> %d channels"
                .formatted(
                    kernel.get(1), kernel.get(2), product.problem().run(), product.channels());
          }
          case Product product ->
              "product, %d -> %d channels".formatted(product.problem().run(), product.channels());
          case Pooled _ -> "pool 2 x 2 of %d channels".formatted(stage.channels());
        };
    String where =
        stage.stored().isPresent()
            ? index + 1 < chain.stages().size() ? "; its result is stored, too" : ""
            : "; its result stays in shared memory";
    return "// Stage %d of %d: %s%s.".formatted(index + 1, chain.stages().size(), what, where);
  }

  /// Code that turns sums into values; declares the parameters it reads.
  private String compute(Product product, int index) {
    GemmProblem problem = product.problem();
    List<OutputOperand> operands = new ArrayList<>();
    for (int i = 0; i < problem.operands().size(); i++) {
      OutputOperand operand = problem.operands().get(i);
      String pointer = "stage" + (index + 1) + "_" + operand.pointer();
      operands.add(renamed(operand, pointer));
      Argument argument = argument(problem.operandValues().get(i));
      parameters.add(argument.parameter(CudaType.of(operand.type()).storage(), pointer));
      arguments.add(argument);
    }
    EpilogueEmitter.Emitted code =
        emitter(problem.pixels(), product.channels())
            .compute(problem.body(), problem.sumType(), operands, WIDTH);
    helpers.addAll(code.helpers());
    return code.code();
  }

  /// Code that stores the values of a stage; declares the parameter it writes.
  private String store(Stage stage, int index) {
    Optional<Value> stored = stage.stored();
    if (stored.isEmpty()) {
      return "";
    }
    String pointer = "stage" + (index + 1) + "_y";
    long[] strides = stored.get().type().layout().strides(stored.get().shape().extents());
    List<Long> extents = stored.get().shape().extents();
    OutputOperand result =
        new OutputOperand(
            pointer,
            DataType.F16,
            DataType.F16,
            List.of(),
            List.of(strides[0], strides[2], strides[3]),
            strides[1]);
    parameters.add("half_bits* " + pointer);
    arguments.add(new Argument.Activation(stored.get()));
    EpilogueEmitter.Emitted code =
        emitter(List.of(extents.get(0), extents.get(2), extents.get(3)), stage.channels())
            .emit(new ScalarExpression.Operand(0), DataType.F16, List.of(), result, WIDTH);
    helpers.addAll(code.helpers());
    // Every block of a cluster pools the whole tile, but each pixel is stored by one of them.
    return stage instanceof Pooled
        ? "if (blockIdx.x % CLUSTER == group % CLUSTER) {\n" + code.code().indent(2) + "}"
        : code.code();
  }

  private static EpilogueEmitter emitter(List<Long> pixels, long channels) {
    return new EpilogueEmitter(List.of(), pixels, channels);
  }

  private static OutputOperand renamed(OutputOperand operand, String pointer) {
    return new OutputOperand(
        pointer,
        operand.type(),
        operand.expressionType(),
        List.of(),
        operand.row(),
        operand.channel());
  }

  /// The argument for a value of the body that comes from outside.
  private Argument argument(Value inside) {
    int index = region.body().inputs().indexOf(inside);
    return context.argument(region.operands().get(index));
  }
}
