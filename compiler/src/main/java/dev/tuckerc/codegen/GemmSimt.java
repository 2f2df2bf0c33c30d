package dev.tuckerc.codegen;

import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Candidates of the template `gemm.simt`: products on scalar multiply-adds, in strict f32 (or
/// f64), for any layout, window and weight.
final class GemmSimt {
  private static final int EPILOGUE_WIDTH = 4;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final boolean wholeRow;
  private final int vector;

  private GemmSimt(GemmProblem problem, LoweringContext context) {
    this.problem = problem;
    this.context = context;
    this.wholeRow = joinsRow();
    this.vector = vector();
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

  /// Whether one row of the window is one run of memory: few channels, channels fastest, neighbours
  /// next to each other. Then the sum needs no padding of each tap to the tile.
  private boolean joinsRow() {
    List<Long> strides = problem.inputStrides();
    return problem.weight().constant().isPresent()
        && problem.run() < 8
        && problem.window().kernel().getLast() > 1
        && strides.get(4) == 1
        && strides.get(3) == problem.run()
        && problem.window().dilation().getLast() == 1;
  }

  /// Elements of one load: four where every address is a multiple of four.
  private int vector() {
    List<Long> strides = problem.inputStrides();
    boolean aligned =
        !wholeRow
            && strides.get(4) == 1
            && problem.run() % 4 == 0
            && strides.subList(0, 4).stream().allMatch(s -> s % 4 == 0)
            && problem.inputBatch().stream().allMatch(s -> s % 4 == 0);
    return aligned ? 4 : 1;
  }

  private SequencedMap<String, Long> shape() {
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    GemmProblem.Taps window = problem.window();
    shape.put("ROWS", problem.rows());
    shape.put("CHANNELS", problem.channels());
    spread(shape, "IN_", problem.inputExtents());
    spread(shape, "OUT_", problem.pixels().subList(1, 4));
    shape.put("STRIDE_N", problem.inputStrides().get(0));
    spread(shape, "STRIDE_", problem.inputStrides().subList(1, 4));
    shape.put("STRIDE_C", problem.inputStrides().get(4));
    spread(shape, "TAPS_", window.kernel());
    spread(shape, "STEP_", window.step());
    spread(shape, "DILATION_", window.dilation());
    spread(shape, "PAD_", window.padBefore());
    shape.put("PADDED", window.padded() ? 1L : 0L);
    long taps = window.kernel().getLast();
    shape.put("RUN", wholeRow ? problem.run() * taps : problem.run());
    if (wholeRow) {
      shape.put("TAPS_W", 1L);
    }
    shape.put("WHOLE_ROW", wholeRow ? 1L : 0L);
    shape.put("VECTOR", (long) vector);
    // Neighbouring threads should read neighbouring memory.
    shape.put("PIXEL_FASTEST", problem.inputStrides().get(4) == 1 ? 0L : 1L);
    shape.put("PACKED", problem.weight().constant().isPresent() ? 1L : 0L);
    shape.put("WEIGHT_CHANNEL", problem.weight().channelStride());
    shape.put("WEIGHT_TAP", problem.weight().tapStride());
    shape.put("WEIGHT_RUN", problem.weight().runStride());
    shape.put("ELEMENT_BYTES", (long) computeType().bytes());
    return shape;
  }

  private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> dhw) {
    shape.put(prefix + "D", dhw.get(0));
    shape.put(prefix + "H", dhw.get(1));
    shape.put(prefix + "W", dhw.get(2));
  }

  /// What sums are computed in.
  private DataType computeType() {
    return problem.sumType() == DataType.F64 ? DataType.F64 : DataType.F32;
  }

  private Candidate candidate(KernelTemplate template, SequencedMap<String, Long> constants) {
    SequencedSet<String> helpers = new LinkedHashSet<>();
    List<String> parameters = new ArrayList<>();
    List<Argument> arguments = new ArrayList<>();
    Map<String, Supplier<Tensor>> packed = new HashMap<>();
    CudaType input = CudaType.of(problem.sumType());
    boolean constant = problem.weight().constant().isPresent();
    CudaType weight =
        CudaType.of(constant ? computeType() : problem.weight().value().type().elementType());
    input.helper().ifPresent(helpers::add);
    weight.helper().ifPresent(helpers::add);
    parameters.add("const Input* __restrict__ input");
    parameters.add("const Weight* __restrict__ weight");
    arguments.add(context.argument(problem.input()));
    arguments.add(weightArgument(constants, packed));
    OperandCode operands = OperandCode.of(problem, context);
    parameters.addAll(operands.parameters());
    arguments.addAll(operands.arguments());
    EpilogueEmitter.Emitted epilogue = problem.epilogue(EPILOGUE_WIDTH);
    helpers.addAll(epilogue.helpers());
    Map<String, String> holes = new HashMap<>();
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("types", types(input, weight));
    holes.put("epilogue", epilogue.code());
    holes.put("z", batchOffsets(constants));
    long tileRows = value(constants, "TILE_ROWS");
    long tileChannels = value(constants, "TILE_CHANNELS");
    Extent grid =
        new Extent(
            Math.toIntExact(Math.ceilDiv(problem.rows(), tileRows)),
            Math.toIntExact(Math.ceilDiv(problem.channels(), tileChannels)),
            Math.toIntExact(problem.batchCount()));
    return new Candidate(
        new TemplateInstance(template, constants, holes, helpers),
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

  /// Where a batch entry's input and weight start.
  private String batchOffsets(SequencedMap<String, Long> constants) {
    List<Long> weightStrides =
        problem.weight().constant().isPresent()
            ? packedBatchStrides(constants)
            : problem.weight().batchStrides();
    IndexEmitter index =
        new IndexEmitter(problem.batch(), List.of(problem.inputBatch(), weightStrides)).merged();
    List<String> lines = new ArrayList<>();
    List<String> names = List.of("z");
    if (index.extents().size() > 1) {
      names = IntStream.range(0, index.extents().size()).mapToObj(i -> "b" + i).toList();
      lines.addAll(IndexEmitter.split("z", index.extents(), names));
    }
    lines.add("z_input = " + IndexEmitter.linear(names, index.strides().get(0)) + ";");
    lines.add("z_weight = " + IndexEmitter.linear(names, index.strides().get(1)) + ";");
    return String.join("\n", lines);
  }

  /// Packed weights repeat no batch entry: an axis along which the weight is broadcast keeps stride
  /// 0.
  private List<Long> packedBatchStrides(SequencedMap<String, Long> constants) {
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
    double bytes = (double) terms * (tileRows + tileChannels) * computeType().bytes();
    // Shared-memory reads and loop control take issue slots beside the multiply-adds: for four
    // terms, a thread reads one vector per row and one per four channels and term.
    double multiplyAdds = 4.0 * threadRows * threadChannels;
    double others = threadRows + threadChannels + 6;
    double slots = tileRows * tileChannels * terms * (1 + others / multiplyAdds);
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
        KernelWork.Unit.FMA,
        0,
        (split - 1) * 2.0 * tileRows * tileChannels * computeType().bytes(),
        0.3);
  }

  private static long value(SequencedMap<String, Long> constants, String name) {
    return constants.getOrDefault(name, 0L);
  }
}
