package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EmittedScalar;
import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.emit.ScalarExpressionEmitter;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TuningRecord;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/// Candidates of the template `pointwise`: one result element is a scalar expression of one element
/// of each operand. It serves pointwise operations and, with the identity as its body, every
/// operation that only moves elements by strides.
public final class ElementwiseKernel {
  private static final int VECTOR_BYTES = 16;
  private static final int SECTOR_BYTES = 32;

  private final ScalarExpression body;
  private final List<Value> operands;
  private final IndexEmitter index;
  private final LoweringContext context;
  private final List<String> coordinates;

  private ElementwiseKernel(
      ScalarExpression body, List<Value> operands, IndexEmitter index, LoweringContext context) {
    this.body = body;
    this.operands = operands;
    this.index = index;
    this.context = context;
    int axes = index.extents().size();
    this.coordinates =
        axes == 1 ? List.of("index") : IntStream.range(0, axes).mapToObj(a -> "c" + a).toList();
  }

  /// All candidates.
  ///
  /// @param body of the operands `x0`, `x1`, ...
  /// @param index strides of each operand, then of the result, in the memory order of the result
  public static List<Candidate> candidates(
      ScalarExpression body, List<Value> operands, IndexEmitter index, LoweringContext context) {
    ElementwiseKernel kernel = new ElementwiseKernel(body, operands, index, context);
    KernelTemplate template = context.template("pointwise");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants :
        context.candidates(template, Map.of("COUNT", index.count()))) {
      Config config = TuningRecord.of(Config.class, constants);
      if (kernel.allows(config.vector())) {
        candidates.add(kernel.candidate(template, constants, config));
      }
    }
    return candidates;
  }

  /// Whether `vector` neighbouring results stay on one row of the innermost axis, and each operand
  /// that steps through memory along it can be loaded by one aligned access.
  private boolean allows(long vector) {
    if (index.innerExtent() % vector != 0) {
      return false;
    }
    for (int operand = 0; operand <= operands.size(); operand++) {
      boolean contiguous = index.innerStride(operand) == 1;
      if (contiguous && vector * type(operand).bytes() > VECTOR_BYTES) {
        return false;
      }
      List<Long> outer = index.strides().get(operand).subList(0, index.extents().size() - 1);
      if (contiguous && outer.stream().anyMatch(stride -> stride % vector != 0)) {
        return false;
      }
    }
    return true;
  }

  /// Element type of an operand, or of the result when the number is that after the last operand.
  private DataType type(int operand) {
    Value value = operand < operands.size() ? operands.get(operand) : context.node().result();
    return value.type().elementType();
  }

  /// The tuning parameters of the template.
  private record Config(long vector, int threads) {}

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, Config config) {
    long vector = config.vector();
    int threads = config.threads();
    SequencedSet<String> helpers = new LinkedHashSet<>();
    List<String> parameters = new ArrayList<>();
    List<String> loads = new ArrayList<>();
    List<String> compute = new ArrayList<>();
    List<String> values = new ArrayList<>();
    List<DataType> types = new ArrayList<>();
    List<Argument> arguments = new ArrayList<>();
    if (index.extents().size() > 1) {
      loads.addAll(IndexEmitter.split("index", index.extents(), coordinates));
    }
    for (int operand = 0; operand < operands.size(); operand++) {
      CudaType type = CudaType.of(type(operand));
      type.helper().ifPresent(helpers::add);
      types.add(type.type());
      Argument argument = context.argument(operands.get(operand));
      arguments.add(argument);
      parameters.add(argument.parameter(type.storage(), "x" + operand));
      values.add("v" + operand);
      load(operand, type, loads, compute);
    }
    CudaType result = CudaType.of(type(operands.size()));
    result.helper().ifPresent(helpers::add);
    parameters.add(result.storage() + "* y");
    arguments.add(context.result());
    EmittedScalar scalar = ScalarExpressionEmitter.emitStored(body, types, values, "t");
    helpers.addAll(scalar.helpers());
    compute.addAll(scalar.statements());
    compute.add("result.value[lane] = " + result.store(scalar.result()) + ";");
    String packed = "Packed<" + result.storage() + ", VECTOR>";
    String store =
        "*reinterpret_cast<" + packed + "*>(y + " + offset(operands.size()) + ") = result;";
    TemplateInstance instance =
        new TemplateInstance(
            template,
            constants,
            Map.of(
                "parameters",
                String.join(",\n", parameters),
                "load",
                String.join("\n", loads),
                "result",
                packed + " result;",
                "compute",
                String.join("\n", compute),
                "store",
                store),
            helpers);
    long blocks = Math.ceilDiv(index.count(), vector * threads);
    return new Candidate(
        instance,
        Extent.of(Math.max(1, blocks)),
        Extent.of(threads),
        0,
        arguments,
        Map.of(),
        work(Math.max(1, blocks), threads, vector, compute.size()));
  }

  private void load(int operand, CudaType type, List<String> loads, List<String> compute) {
    long stride = index.innerStride(operand);
    String pointer = "x" + operand;
    String variable = "const " + type.compute() + " v" + operand + " = ";
    if (stride == 1) {
      loads.add(
          "const auto p%d = *reinterpret_cast<const Packed<%s, VECTOR>*>(%s + %s);"
              .formatted(operand, type.storage(), pointer, offset(operand)));
      compute.add(variable + type.load("p" + operand + ".value[lane]") + ";");
    } else if (stride == 0) {
      loads.add(variable + type.load(pointer + "[" + offset(operand) + "]") + ";");
    } else {
      loads.add("const unsigned o" + operand + " = " + offset(operand) + ";");
      String element = pointer + "[o" + operand + " + lane * " + stride + "]";
      compute.add(variable + type.load(element) + ";");
    }
  }

  private String offset(int tensor) {
    return IndexEmitter.linear(coordinates, index.strides().get(tensor));
  }

  /// How many times more bytes a block moves than it uses of an operand, because memory moves in
  /// whole sectors: where neighbouring results read elements that lie apart, a sector is used only
  /// as far as the block's results reach along the operand's own innermost axis.
  ///
  /// @param results neighbouring results that a block computes
  private double waste(int operand, long results) {
    double sector = (double) SECTOR_BYTES / type(operand).bytes();
    long inner = 1;
    for (int axis = index.extents().size() - 1; axis >= 0; axis--) {
      long stride = index.strides().get(operand).get(axis);
      if (stride == 1) {
        double used = Math.clamp((double) results / inner, 1, index.extents().get(axis));
        return Math.clamp(sector / used, 1, Math.max(1, index.innerStride(operand)));
      }
      inner *= stride == 0 ? 1 : index.extents().get(axis);
    }
    return 1;
  }

  private KernelWork work(long blocks, int threads, long vector, int statements) {
    double moved = 0;
    double accesses = 1;
    for (int operand = 0; operand < operands.size(); operand++) {
      long elements = operands.get(operand).shape().elementCount();
      moved += (double) elements * type(operand).bytes() * waste(operand, threads * vector);
      long stride = index.innerStride(operand);
      accesses += stride == 0 || stride == 1 ? 1 : vector;
    }
    // Each access costs about as much issue bandwidth as four scalar operations, and each thread
    // finds its place.
    double operations = statements + (8 + 4 * accesses) / vector;
    return KernelWork.streaming(
        blocks, threads, moved, context.distinct(operands), index.count() * operations);
  }
}
