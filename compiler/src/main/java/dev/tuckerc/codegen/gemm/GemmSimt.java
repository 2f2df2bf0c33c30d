package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;

/// Candidates of the template `gemm.simt`: products on scalar multiply-adds, in strict f32 (or
/// f64), for any layout, window and weight.
public final class GemmSimt {
  private static final int EPILOGUE_WIDTH = 4;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final boolean wholeRow;
  private final int vector;
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final Map<String, String> holes = new HashMap<>();
  private final List<Argument> operandArguments;

  private GemmSimt(GemmProblem problem, LoweringContext context) {
    this.problem = problem;
    this.context = context;
    this.wholeRow = GemmConstants.joinsRow(problem);
    this.vector = wholeRow ? 1 : GemmConstants.vector(problem, 4);
    CudaType input = CudaType.of(problem.sumType());
    boolean constant = problem.weight().constant().isPresent();
    CudaType weight =
        CudaType.of(constant ? computeType() : problem.weight().value().type().elementType());
    input.helper().ifPresent(helpers::add);
    weight.helper().ifPresent(helpers::add);
    OperandCode operands = OperandCode.of(problem, context);
    this.operandArguments = operands.arguments();
    EpilogueEmitter.Emitted epilogue = problem.epilogue(EPILOGUE_WIDTH);
    helpers.addAll(epilogue.helpers());
    List<String> parameters = new ArrayList<>();
    parameters.add("const Input* __restrict__ input");
    parameters.add("const Weight* __restrict__ weight");
    parameters.addAll(operands.parameters());
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("types", types(input, weight));
    holes.put("epilogue", epilogue.code());
  }

  /// All candidates.
  static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    GemmSimt simt = new GemmSimt(problem, context);
    KernelTemplate template = context.template("gemm.simt");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : template.candidates(simt.shape())) {
      candidates.add(simt.candidate(template, constants));
    }
    return candidates;
  }

  private SequencedMap<String, Long> shape() {
    SequencedMap<String, Long> shape = GemmConstants.constants(problem, wholeRow, vector);
    shape.put("STRIDE_C", problem.inputStrides().get(4));
    // Neighbouring threads should read neighbouring memory.
    shape.put("PIXEL_FASTEST", problem.inputStrides().get(4) == 1 ? 0L : 1L);
    shape.put("PACKED", problem.weight().constant().isPresent() ? 1L : 0L);
    shape.put("WEIGHT_CHANNEL", problem.weight().channelStride());
    shape.put("WEIGHT_TAP", problem.weight().tapStride());
    shape.put("WEIGHT_RUN", problem.weight().runStride());
    shape.put("ELEMENT_BYTES", (long) computeType().bytes());
    return shape;
  }

  /// What sums are computed in.
  private DataType computeType() {
    return problem.sumType() == DataType.F64 ? DataType.F64 : DataType.F32;
  }

  private Candidate candidate(KernelTemplate template, SequencedMap<String, Long> constants) {
    Map<String, Supplier<Tensor>> packed = new HashMap<>();
    List<Argument> arguments = new ArrayList<>();
    arguments.add(context.argument(problem.input()));
    arguments.add(weightArgument(constants, packed));
    arguments.addAll(operandArguments);
    Map<String, String> own = new HashMap<>(holes);
    own.put("z", GemmConstants.batchOffsets(problem, weightBatchStrides(constants)));
    long tileRows = value(constants, "TILE_ROWS");
    long tileChannels = value(constants, "TILE_CHANNELS");
    Extent grid =
        new Extent(
            Math.toIntExact(Math.ceilDiv(problem.rows(), tileRows)),
            Math.toIntExact(Math.ceilDiv(problem.channels(), tileChannels)),
            Math.toIntExact(problem.batchCount()));
    return new Candidate(
        new TemplateInstance(template, constants, own, helpers),
        grid,
        Extent.of(value(constants, "THREADS")),
        0,
        arguments,
        packed,
        work(constants, grid));
  }

  private String types(CudaType input, CudaType weight) {
    String compute = CudaType.of(computeType()).compute();
    return """
    typedef %s Input;
    typedef %s Weight;
    typedef %s Compute;
    static __device__ __forceinline__ Compute load_input(Input element) { return %s; }
    static __device__ __forceinline__ Compute load_weight(Weight element) { return %s; }
    """
        .formatted(
            input.storage(),
            weight.storage(),
            compute,
            input.load("element"),
            weight.load("element"));
  }

  /// Packed weights repeat no batch entry: an axis along which the weight is broadcast keeps stride
  /// 0.
  private List<Long> weightBatchStrides(SequencedMap<String, Long> constants) {
    if (problem.weight().constant().isEmpty()) {
      return problem.weight().batchStrides();
    }
    long entry =
        value(constants, "STEPS")
            * value(constants, "TILE_K")
            * value(constants, "PADDED_CHANNELS");
    return WeightPacking.batchStrides(problem, entry);
  }

  private Argument weightArgument(
      SequencedMap<String, Long> constants, Map<String, Supplier<Tensor>> packed) {
    var known = problem.weight().constant();
    if (known.isEmpty()) {
      return context.argument(problem.weight().value());
    }
    long tileK = value(constants, "TILE_K");
    long padded = value(constants, "PADDED_CHANNELS");
    String name =
        known.get().name()
            + "#k"
            + tileK
            + "n"
            + padded
            + "g"
            + problem.batchCount()
            + (wholeRow ? "row" : "");
    packed.put(
        name,
        () ->
            WeightPacking.rows(
                problem, known.get().tensor(), wholeRow, tileK, padded, computeType()));
    return new Argument.Weight(name);
  }

  private KernelWork work(SequencedMap<String, Long> constants, Extent grid) {
    long tileRows = value(constants, "TILE_ROWS");
    long tileChannels = value(constants, "TILE_CHANNELS");
    long threadRows = value(constants, "THREAD_ROWS");
    long threadChannels = value(constants, "THREAD_CHANNELS");
    long split = value(constants, "SPLIT");
    double terms = (double) value(constants, "SPLIT_STEPS") * split * value(constants, "TILE_K");
    boolean constant = problem.weight().constant().isPresent();
    int weightBytes =
        constant ? computeType().bytes() : problem.weight().value().type().elementType().bytes();
    // A block reads its part of the input once; the first-level cache serves the other taps.
    double bytes =
        GemmConstants.halo(problem, tileRows) * problem.run() * problem.sumType().bytes()
            + terms * tileChannels * weightBytes
            + problem.outputBytes(tileRows, tileChannels);
    // Shared-memory reads and loop control take issue slots beside the multiply-adds: for four
    // terms, a thread reads one vector per row and one per four channels and term.
    double multiplyAdds = 4.0 * threadRows * threadChannels;
    double others = threadRows + threadChannels + 6;
    double slots = tileRows * tileChannels * terms * (1 + others / multiplyAdds);
    double warps = (double) value(constants, "GROUP") / 32;
    double across = Math.min(32, value(constants, "THREADS_CHANNELS"));
    double warpReads = warps * (across * threadChannels + 32 / across * threadRows);
    int registers =
        (int)
            Math.min(
                255,
                40
                    + threadRows * threadChannels
                    + 6 * threadRows
                    + threadChannels
                    + 4 * value(constants, "INPUT_LOADS")
                    + 4 * value(constants, "WEIGHT_LOADS"));
    return new KernelWork(
        grid.count(),
        Math.toIntExact(value(constants, "THREADS")),
        registers,
        Math.toIntExact(value(constants, "SHARED_ELEMENTS") * computeType().bytes()),
        bytes,
        problem.uniqueBytes(),
        slots,
        // Lanes that read the same word share the access: a warp reads each channel once and each
        // of its rows once for every term.
        computeType().bytes() * terms * (tileRows + tileChannels + warpReads),
        KernelWork.Unit.FMA,
        0,
        (split - 1) * 2.0 * tileRows * tileChannels * computeType().bytes(),
        0.3);
  }

  private static long value(SequencedMap<String, Long> constants, String name) {
    return constants.getOrDefault(name, 0L);
  }
}
