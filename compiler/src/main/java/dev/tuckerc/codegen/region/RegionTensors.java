package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The tensors that a region's kernel reads and writes beside its first input: operands of
/// epilogues, branches, results.
final class RegionTensors {
  private final Region region;
  private final RegionChain chain;
  private final LoweringContext context;
  private final RegionFragments fragments;
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> arguments = new ArrayList<>();
  private final List<String> stores = new ArrayList<>();

  RegionTensors(
      Region region, RegionChain chain, LoweringContext context, RegionFragments fragments) {
    this.region = region;
    this.chain = chain;
    this.context = context;
    this.fragments = fragments;
    for (int i = 0; i < chain.stages().size(); i++) {
      if (chain.stages().get(i) instanceof Sum sum) {
        declareOperands(sum, i);
      }
      stores.add(store(chain.stages().get(i), i));
    }
  }

  /// Declarations of the parameters.
  List<String> parameters() {
    return List.copyOf(parameters);
  }

  /// What is passed for the parameters, in their order.
  List<Argument> arguments() {
    return List.copyOf(arguments);
  }

  /// For each stage the code that stores a chunk of a pixel's channels; empty where its value stays
  /// in the kernel.
  List<String> stores() {
    return List.copyOf(stores);
  }

  private RegionArithmetic arithmetic() {
    return chain.arithmetic();
  }

  /// Code that starts to bring what a product reads beside the tile before it into shared memory.
  List<String> asked(Product product, int index, RegionPlan plan) {
    List<String> code = new ArrayList<>();
    branch(product, index, plan).ifPresent(code::add);
    code.addAll(residuals(product, index, plan));
    return code;
  }

  private List<String> residuals(Product product, int index, RegionPlan plan) {
    StagePlan stage = plan.stages().get(index);
    List<String> code = new ArrayList<>();
    for (int i = 0; i < product.residuals().size(); i++) {
      SequencedMap<String, Long> shape = new LinkedHashMap<>();
      shape.put("TARGET", stage.residuals().get(i));
      shape.put("SLICED", 1L);
      shape.put("SLICE_CHUNKS", stage.division().orElseThrow().blockChannels() / arithmetic().chunk());
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

  /// The pointer through which an operand of an epilogue is read from memory.
  static String pointer(Sum sum, int index, int operand) {
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
  Argument argument(Value inside) {
    int index = region.body().inputs().indexOf(inside);
    return context.argument(region.operands().get(index));
  }
}
