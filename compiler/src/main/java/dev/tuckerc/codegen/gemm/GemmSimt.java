package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TuningRecord;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.cost.Unit;
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
    parameters.add(context.argument(problem.input()).parameter("Input", "input"));
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
    for (SequencedMap<String, Long> constants : context.candidates(template, simt.shape())) {
      candidates.add(
          simt.candidate(template, constants, TuningRecord.of(SimtConfig.class, constants)));
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

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, SimtConfig config) {
    Map<String, Supplier<Tensor>> packed = new HashMap<>();
    List<Argument> arguments = new ArrayList<>();
    arguments.add(context.argument(problem.input()));
    arguments.add(weightArgument(config, packed));
    arguments.addAll(operandArguments);
    Map<String, String> own = new HashMap<>(holes);
    own.put("z", GemmConstants.batchOffsets(problem, weightBatchStrides(config)));
    long tileRows = config.tileRows();
    long tileChannels = config.tileChannels();
    Extent grid =
        new Extent(
            Math.toIntExact(Math.ceilDiv(problem.rows(), tileRows)),
            Math.toIntExact(Math.ceilDiv(problem.channels(), tileChannels)),
            Math.toIntExact(problem.batchCount()));
    return new Candidate(
        new TemplateInstance(template, constants, own, helpers),
        grid,
        Extent.of(config.threads()),
        0,
        arguments,
        packed,
        work(config, grid));
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
  private List<Long> weightBatchStrides(SimtConfig config) {
    if (problem.weight().constant().isEmpty()) {
      return problem.weight().batchStrides();
    }
    long entry = config.steps() * config.tileK() * config.paddedChannels();
    return WeightPacking.batchStrides(problem, entry);
  }

  private Argument weightArgument(SimtConfig config, Map<String, Supplier<Tensor>> packed) {
    var known = problem.weight().constant();
    if (known.isEmpty()) {
      return context.argument(problem.weight().value());
    }
    long tileK = config.tileK();
    long padded = config.paddedChannels();
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

  private KernelWork work(SimtConfig config, Extent grid) {
    long tileRows = config.tileRows();
    long tileChannels = config.tileChannels();
    double terms = config.terms();
    boolean constant = problem.weight().constant().isPresent();
    int weightBytes =
        constant ? computeType().bytes() : problem.weight().value().type().elementType().bytes();
    // A block reads its part of the input once; the first-level cache serves the other taps.
    double bytes =
        GemmConstants.halo(problem, tileRows) * problem.run() * problem.sumType().bytes()
            + terms * tileChannels * weightBytes;
    // Shared-memory reads and loop control take issue slots beside the multiply-adds: for four
    // terms, a thread reads one vector per row and one per four channels and term.
    double sums = (double) config.threadRows() * config.threadChannels();
    double others = config.threadRows() + config.threadChannels() + 6;
    double multiplyAdds = tileRows * tileChannels * terms;
    double warps = config.group() / 32.0;
    double across = Math.min(32, config.threadsChannels());
    // Lanes that read the same word share the access: a warp reads each channel once and each of
    // its rows once for every term.
    double warpReads =
        warps * (across * config.threadChannels() + 32 / across * config.threadRows());
    List<Phase> phases = new ArrayList<>();
    double first = 0;
    if (context.programmatic() && constant) {
      // Each part's first tile.
      first = (double) config.split() * config.tileK() * tileChannels * weightBytes;
      phases.add(new Phase.Load("first weights", first, true));
    }
    phases.add(
        new Phase.Product(
            "product",
            Unit.Scalar.FMA,
            multiplyAdds,
            multiplyAdds * (1 + others / (4 * sums)),
            config.threads() / 32,
            sums,
            computeType().bytes() * terms * (tileRows + tileChannels + warpReads),
            new Phase.Stream(bytes - first, config.splitSteps(), 1, false, Phase.Sync.BLOCK)));
    if (config.split() > 1) {
      int parts = config.split() - 1;
      phases.add(
          new Phase.Exchange(
              "sums",
              Phase.Scope.BLOCK,
              parts * 2.0 * tileRows * tileChannels * computeType().bytes(),
              2 * parts));
    }
    phases.addAll(problem.epiloguePhases(tileRows, tileChannels));
    return new KernelWork(
        grid.count(),
        config.threads(),
        config.registers(),
        config.sharedElements() * computeType().bytes(),
        problem.distinct(),
        phases);
  }
}
