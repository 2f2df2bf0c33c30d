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
import dev.tuckerc.cost.SectorSet;
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

/// Candidates of the template `gemm.simt`: products on scalar multiply-adds, in strict f32 or f64,
/// or in integers that wrap, for any layout, window and weight.
public final class GemmSimt {
  private static final int EPILOGUE_WIDTH = 4;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final boolean wholeRow;
  private final int vector;
  private final TileTraffic traffic;
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final Map<String, String> holes = new HashMap<>();
  private final List<Argument> operandArguments;

  private GemmSimt(GemmProblem problem, LoweringContext context) {
    this.problem = problem;
    this.context = context;
    this.traffic = new TileTraffic(problem);
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
    // Packed weights are constants; others may be what a kernel computes.
    parameters.add(
        constant
            ? "const Weight* __restrict__ weight"
            : context.argument(problem.weight().value()).parameter("Weight", "weight"));
    parameters.addAll(operands.parameters());
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("types", types(input, weight));
    holes.put("epilogue", epilogue.code());
  }

  /// All candidates.
  public static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
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

  private DataType computeType() {
    return problem.computeType();
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
    Extent grid = GemmConstants.grid(problem, config.tileRows(), config.tileChannels());
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
            + WeightPacking.diagonal(problem)
            + (wholeRow ? "row" : "");
    packed.put(
        name,
        () -> WeightPacking.rows(problem, wholeRow, tileK, padded, computeType()));
    return new Argument.Weight(name);
  }

  /// What a block reads of weights that are not packed: only where they are, in runs along the
  /// channels or along the terms.
  private double computedWeightBytes(long tileChannels, int element) {
    double own = (double) problem.channels() / Math.ceilDiv(problem.channels(), tileChannels);
    double terms = problem.terms();
    boolean alongChannels = problem.weight().channelStride() == 1;
    double run = alongChannels ? own : terms;
    long pitch =
        alongChannels
            ? SectorSet.alignment(problem.weight().runStride(), tileChannels)
            : problem.weight().channelStride();
    return own * terms / run * SectorSet.expected(run * element, pitch * element) * SectorSet.BYTES;
  }

  /// Rows of a thread: the compiler removes those that lie beyond the last row in every block,
  /// unless their sums go through shared memory.
  private int usedRows(SimtConfig config) {
    long spread = config.tileRows() / config.threadRows();
    return config.split() > 1
        ? config.threadRows()
        : (int) Math.min(config.threadRows(), Math.ceilDiv(problem.rows(), spread));
  }

  /// Channels of a thread, likewise; they come in runs of four.
  private int usedChannels(SimtConfig config) {
    if (config.split() > 1) {
      return config.threadChannels();
    }
    long spread = config.threadsChannels() * 4L;
    int used = 0;
    for (int run = 0; run < config.threadChannels() / 4; run++) {
      used += Math.clamp(problem.channels() - run * spread, 0, 4);
    }
    return used;
  }

  private KernelWork work(SimtConfig config, Extent grid) {
    long tileRows = config.tileRows();
    long tileChannels = config.tileChannels();
    double terms = config.terms();
    boolean constant = problem.weight().constant().isPresent();
    int weightBytes =
        constant ? computeType().bytes() : problem.weight().value().type().elementType().bytes();
    double weights =
        constant
            ? config.steps() * config.tileK() * (double) tileChannels * weightBytes
            : computedWeightBytes(tileChannels, weightBytes);
    double bytes = traffic.inputBytes(tileRows) + weights;
    // Shared-memory reads and loop control take issue slots beside the multiply-adds: for four
    // terms, a thread reads one vector per row and one per four channels and term.
    int rows = usedRows(config);
    int columns = usedChannels(config);
    double sums = (double) rows * columns;
    double others = rows + columns + 6;
    double multiplyAdds = config.group() * sums * terms;
    // Tiles are written once; for every term a thread reads its rows and channels. An access of 16
    // bytes takes a warp four passes, even where its lanes share them. Channels are loaded by fours
    // where more than one of them is used.
    double loaded = rows + (columns % 4 == 1 ? columns : 4 * Math.ceilDiv(columns, 4));
    double sharedElements = terms * (tileRows + tileChannels + config.group() * loaded);
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
            computeType().bytes() * sharedElements,
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
