package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TuningRecord;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Builds a kernel of the template `map`: each thread computes one element of the result, or a few
/// that are neighbours in memory, from its logical coordinates `i0`, `i1`, ... (of type `int`;
/// those of the first element).
///
/// Whatever the layouts are, they are only strides in the index expressions, so every operation
/// that can say where an element comes from needs nothing else.
public final class MapKernel {
  private static final double OPERATIONS_PER_AXIS = 8;

  private final LoweringContext context;
  private final TensorType result;
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> arguments = new ArrayList<>();
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final SequencedMap<String, Supplier<Tensor>> packed = new LinkedHashMap<>();
  private final List<String> body = new ArrayList<>();
  private final List<Value> operands;
  private final int lanes;
  private ToDoubleFunction<Integer> moved;

  /// @param operands read as `x0`, `x1`, ...
  public MapKernel(LoweringContext context, List<Value> operands) {
    this(context, operands, 1);
  }

  /// @param operands read as `x0`, `x1`, ...
  /// @param lanes elements of a thread; divides the extent of the axis that is contiguous
  public MapKernel(LoweringContext context, List<Value> operands, int lanes) {
    this.context = context;
    this.lanes = lanes;
    this.result = context.node().result().type();
    this.operands = operands;
    KernelWork.Distinct distinct = context.distinct(operands);
    this.moved = _ -> distinct.weights() + distinct.read();
    for (Value operand : operands) {
      CudaType type = CudaType.of(operand.type().elementType());
      type.helper().ifPresent(helpers::add);
      Argument argument = context.argument(operand);
      parameters.add(argument.parameter(type.storage(), "x" + arguments.size()));
      arguments.add(argument);
    }
    int rank = result.shape().rank();
    List<Integer> order = result.layout().orderFor(rank);
    List<Long> extents = result.shape().extents();
    if (rank > 0) {
      List<Long> threads = new ArrayList<>(order.stream().map(extents::get).toList());
      List<String> names = new ArrayList<>(order.stream().map(axis -> "i" + axis).toList());
      String fastest = names.getLast();
      if (lanes > 1) {
        threads.set(rank - 1, threads.getLast() / lanes);
        names.set(rank - 1, "group");
      }
      IndexEmitter.split("index", threads, names)
          .forEach(line -> body.add(line.replace("const unsigned", "const int")));
      if (lanes > 1) {
        body.add("const int " + fastest + " = group * " + lanes + ";");
      }
    }
  }

  /// Names of the logical coordinates of an element of some rank.
  public static List<String> coordinates(int rank) {
    return IntStream.range(0, rank).mapToObj(axis -> "i" + axis).toList();
  }

  /// Strides of a value, in elements.
  public static long[] strides(Value value) {
    return value.type().layout().strides(value.shape().extents());
  }

  /// Adds a table computed at compile time, read through a pointer of this name.
  ///
  /// @param weight name in [Program#weights]; equal names must mean equal tables
  MapKernel table(String pointer, String weight, Supplier<Tensor> tensor, CudaType type) {
    Argument argument = new Argument.Weight(weight);
    parameters.add(argument.parameter(type.storage(), pointer));
    arguments.add(argument);
    packed.put(weight, tensor);
    return this;
  }

  /// Adds a statement that sets a flag where a condition holds.
  ///
  /// @param meaning what a set flag says; the node is added
  MapKernel fault(String condition, String meaning) {
    Argument argument = new Argument.Fault(context.node().location() + ": " + meaning);
    parameters.add(argument.parameter("unsigned", "fault"));
    arguments.add(argument);
    body.add("if (" + condition + ") atomicOr(fault, 1u);");
    return this;
  }

  /// Lets an operand that is no constant be read from an element on.
  MapKernel from(int operand, long element) {
    if (element != 0 && arguments.get(operand) instanceof Argument.Activation(Value value)) {
      arguments.set(
          operand, new Argument.Part(value, element * value.type().elementType().bytes()));
    }
    return this;
  }

  /// Says what all blocks read together, in bytes, for a number of elements of a block; without it,
  /// every operand is read once.
  public MapKernel moving(ToDoubleFunction<Integer> bytes) {
    moved = bytes;
    return this;
  }

  /// Adds statements.
  public MapKernel lines(String... statements) {
    body.addAll(List.of(statements));
    return this;
  }

  /// Declares that the code needs a helper file.
  MapKernel helper(String file) {
    helpers.add(file);
    return this;
  }

  /// The kernel, which stores `value`, an expression of the result's compute type.
  ///
  /// @param operations scalar operations per element, for the performance model
  public List<Candidate> store(String value, double operations) {
    CudaType type = CudaType.of(result.elementType());
    type.helper().ifPresent(helpers::add);
    body.add("y[" + place() + "] = " + type.store(value) + ";");
    return storeRaw(type, operations);
  }

  /// The kernel, which stores `value`, an expression over `lane` of the result's compute type, for
  /// each of a thread's elements.
  ///
  /// @param operations scalar operations of a thread, for the performance model
  public List<Candidate> storeLanes(String value, double operations) {
    CudaType type = CudaType.of(result.elementType());
    helpers.add("packed.cuh");
    String packed = "Packed<%s, %d>".formatted(type.storage(), lanes);
    body.add(packed + " results;");
    body.add("#pragma unroll");
    body.add(
        "for (int lane = 0; lane < %d; lane++) results.value[lane] = %s;"
            .formatted(lanes, type.store(value)));
    body.add("*reinterpret_cast<%s*>(y + %s) = results;".formatted(packed, place()));
    return storeRaw(type, operations);
  }

  /// The kernel, which copies `element`, an expression of the result's storage type.
  List<Candidate> copy(String element, double operations) {
    body.add("y[" + place() + "] = " + element + ";");
    return storeRaw(CudaType.of(result.elementType()), operations);
  }

  /// Where the element lies: `index` counts elements in the order of the layout.
  private String place() {
    int rank = result.shape().rank();
    return result.layout().pitch() == 0
        ? lanes == 1 ? "index" : "index * " + lanes
        : LinearIndex.sum(0, coordinates(rank), result.layout().strides(result.shape().extents()));
  }

  private List<Candidate> storeRaw(CudaType type, double operations) {
    type.helper().ifPresent(helpers::add);
    List<String> allParameters = new ArrayList<>(parameters);
    allParameters.add(type.storage() + "* y");
    List<Argument> allArguments = new ArrayList<>(arguments);
    allArguments.add(context.result());
    KernelTemplate template = context.template("map");
    long count = result.shape().elementCount() / lanes;
    // Splitting the index takes a division by a constant for every axis but one.
    double all = operations + OPERATIONS_PER_AXIS * result.shape().rank();
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants :
        context.candidates(template, Map.of("COUNT", count))) {
      int threads = TuningRecord.of(Threads.class, constants).threads();
      long blocks = Math.max(1, Math.ceilDiv(count, threads));
      TemplateInstance instance =
          new TemplateInstance(
              template,
              constants,
              Map.of(
                  "parameters", String.join(",\n", allParameters), "body", String.join("\n", body)),
              helpers);
      candidates.add(
          new Candidate(
              instance,
              Extent.of(blocks),
              Extent.of(threads),
              0,
              allArguments,
              packed,
              work(blocks, threads, count * all)));
    }
    return candidates;
  }

  /// The tuning parameter of the template.
  private record Threads(int threads) {}

  private KernelWork work(long blocks, int threads, double instructions) {
    KernelWork.Distinct distinct = context.distinct(operands);
    return KernelWork.streaming(
        blocks, threads, moved.applyAsDouble(threads * lanes), distinct, instructions);
  }
}
