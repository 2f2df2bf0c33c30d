package dev.tuckerc.codegen.gemm;

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
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/// Candidates of the template `gemm.mma`: products of f16 on tensor cores with f32 sums.
public final class GemmMma {
  private static final int EPILOGUE_WIDTH = 8;
  private static final int CHUNK = 8;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final LoweringContext.KnownConstant weight;
  private final boolean wholeRow;
  private final int vector;
  private final TensorShape shape;
  private final TileTraffic traffic;
  private final Map<Long, EpilogueEmitter.Emitted> epilogues = new HashMap<>();

  /// Candidates differ in few texts, and there are hundreds.
  private final Map<List<Object>, Map<String, String>> texts = new HashMap<>();

  private final Map<String, String> holes = new HashMap<>();
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> operandArguments;

  private final StagedOperands staged;

  private GemmMma(
      GemmProblem problem,
      LoweringContext context,
      LoweringContext.KnownConstant weight,
      TensorShape shape) {
    this.problem = problem;
    this.context = context;
    this.weight = weight;
    this.shape = shape;
    this.traffic = new TileTraffic(problem);
    this.wholeRow = GemmConstants.joinsRow(problem);
    this.vector = wholeRow ? 1 : GemmConstants.vector(problem, CHUNK);
    OperandCode operands = OperandCode.of(problem, context);
    this.operandArguments = operands.arguments();
    this.staged = StagedOperands.of(problem, context, vector);
    parameters.add(context.argument(problem.input()).parameter("half_bits", "input"));
    parameters.add("const half_bits* __restrict__ weight");
    problem
        .branch()
        .ifPresent(branch ->
            parameters.add(context.argument(branch.input()).parameter("half_bits", "branch")));
    parameters.addAll(operands.parameters());
    holes.put("kept", staged.copiesOfConstants());
    holes.put("added", staged.copiesOfTensors());
  }

  /// All candidates; none when the product is not of f16, its weight is not known at compile time,
  /// or its channels are not neighbours in memory.
  public static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    var weight = problem.weight().constant();
    Optional<TensorShape> shape =
        TensorShape.of(problem.sumType(), context.device().computeCapability());
    if (problem.sumType() != DataType.F16
        || weight.isEmpty()
        || shape.isEmpty()
        || problem.run() > 1 && problem.inputStrides().get(4) != 1
        || !problem.branch().map(GemmMma::isLoadable).orElse(true)) {
      return List.of();
    }
    GemmMma mma = new GemmMma(problem, context, weight.get(), shape.get());
    KernelTemplate template = context.template("gemm.mma");
    SequencedMap<String, Long> layer = GemmConstants.constants(problem, mma.wholeRow, mma.vector);
    layer.put("SM", (long) context.device().computeCapability());
    layer.put("KEPT", (long) mma.staged.kept().size());
    layer.put("ADDED", (long) mma.staged.added().size());
    layer.put("BATCH", problem.batchCount());
    layer.put("MULTIPROCESSORS", (long) context.device().multiprocessors());
    layer.putAll(branch(problem));
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, layer)) {
      candidates.add(
          mma.candidate(template, constants, TuningRecord.of(MmaConfig.class, constants)));
    }
    return candidates;
  }

  /// Whether chunks of a branch are single loads.
  private static boolean isLoadable(GemmProblem.Branch branch) {
    return branch.vector() == CHUNK && branch.weight().constant().isPresent();
  }

  private static Map<String, Long> branch(GemmProblem problem) {
    List<Long> strides =
        problem.branch().map(GemmProblem.Branch::strides).orElse(List.of(0L, 0L, 0L, 0L));
    return Map.of(
        "BRANCH_RUN", problem.branch().map(GemmProblem.Branch::run).orElse(0L),
        "BRANCH_N", strides.get(0),
        "BRANCH_D", strides.get(1),
        "BRANCH_H", strides.get(2),
        "BRANCH_W", strides.get(3));
  }

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, MmaConfig config) {
    long blocks = config.paddedBlocks();
    long terms = config.terms();
    String name =
        weight.name()
            + ("#mma" + terms + "x" + blocks * 16 + "g" + problem.batchCount())
            + WeightPacking.diagonal(problem)
            + (wholeRow ? "row" : "")
            + (problem.branch().isEmpty() ? "" : "+" + branchWeight() + "@" + config.ownTerms());
    Supplier<Tensor> packed =
        () -> WeightPacking.fragments(problem, wholeRow, terms, config.ownTerms(), blocks);
    List<String> allParameters = new ArrayList<>(parameters);
    List<Argument> arguments = new ArrayList<>();
    arguments.add(context.argument(problem.input()));
    arguments.add(new Argument.Weight(name));
    if (config.slices() > 1) {
      Argument parts =
          new Argument.Scratch(
              context.node().results().getFirst(), (long) config.slices() * partBytes(config));
      Argument counters = new Argument.Counters(config.tiles());
      // Behind the weight.
      allParameters.add(2, parts.parameter("float", "parts"));
      allParameters.add(3, counters.parameter("unsigned", "counters"));
      arguments.addAll(List.of(parts, counters));
    }
    problem.branch().ifPresent(branch -> arguments.add(context.argument(branch.input())));
    arguments.addAll(operandArguments);
    EpilogueEmitter.Emitted epilogue =
        epilogues.computeIfAbsent(config.tileChannels(), staged::epilogue);
    Map<String, String> own =
        texts.computeIfAbsent(
            List.of(allParameters, config.tileChannels(), terms * blocks),
            _ -> texts(allParameters, epilogue.code(), terms * blocks * 16));
    Extent tiles = GemmConstants.grid(problem, config.tileRows(), config.tileChannels());
    Extent grid = new Extent(tiles.x(), tiles.y(), Math.toIntExact(tiles.z() * config.slices()));
    return new Candidate(
        new TemplateInstance(template, constants, own, epilogue.helpers()),
        grid,
        Extent.of(config.threads()),
        config.sharedBytes(),
        arguments,
        Map.of(name, packed),
        work(config, grid));
  }

  private String branchWeight() {
    return problem.branch().flatMap(b -> b.weight().constant()).orElseThrow().name();
  }

  private Map<String, String> texts(
      List<String> allParameters, String epilogue, long weightsOfBatch) {
    Map<String, String> own = new HashMap<>(holes);
    own.put(
        "z",
        GemmConstants.batchOffsets(problem, WeightPacking.batchStrides(problem, weightsOfBatch)));
    own.put("epilogue", epilogue);
    own.put("parameters", String.join(",\n", allParameters));
    return Map.copyOf(own);
  }

  /// Bytes of one slice of all sums.
  private long partBytes(MmaConfig config) {
    return 4 * problem.batchCount() * problem.rows() * config.partPitch();
  }

  private KernelWork work(MmaConfig config, Extent grid) {
    long tileRows = config.tileRows();
    long tileChannels = config.tileChannels();
    long slices = config.slices();
    long terms = config.terms() / slices;
    double multiplyAdds = (double) tileRows * tileChannels * terms;
    // Each tile is written once; every warp reads its rows and channels of it.
    double shared =
        2.0
            * terms
            * (tileRows * (1.0 + tileChannels / config.warpChannels())
                + tileChannels * (1.0 + tileRows / config.warpRows()));
    double weights = 2.0 * terms * tileChannels;
    double across = (double) problem.channels() / Math.ceilDiv(problem.channels(), tileChannels);
    double constants = 4.0 * staged.kept().size() * across;
    double added = 2.0 * staged.added().size() * problem.meanRows(tileRows) * across;
    double tiles = 2.0 * config.firstTiles() * config.tileK() * tileChannels;
    double first = context.programmatic() ? tiles + constants : 0;
    Phase product =
        new Phase.Product(
            "product",
            shape,
            multiplyAdds,
            MmaInstructions.of(
                config,
                problem.window().count(),
                problem.window().padded(),
                vector,
                multiplyAdds,
                shape),
            config.threads() / 32,
            // Fragments of 16 channels are two of eight.
            2.0 * config.rowBlocks() * config.channelBlocks(),
            shared,
            new Phase.Stream(
                traffic.inputBytes(tileRows, slices, terms)
                    + traffic.branchBytes(tileRows, slices)
                    + weights
                    + constants
                    + added
                    - first,
                config.sliceSteps(),
                config.inFlight(),
                false,
                Phase.Sync.BLOCK));
    // Sums beyond the last row and beyond the last eight channels are written and not read.
    double read =
        problem.meanRows(tileRows)
            * Math.ceilDiv(problem.channels(), 8L)
            * 8
            / Math.ceilDiv(problem.channels(), tileChannels);
    List<Phase> phases = new ArrayList<>();
    if (first > 0) {
      phases.add(new Phase.Load("first weights", first, true));
    }
    phases.add(product);
    phases.add(
        new Phase.Exchange(
            "sums",
            Phase.Scope.BLOCK,
            config.split() * 4.0 * (tileRows * tileChannels + read)
                + problem.meanRows(tileRows) * constants / slices
                + added * (1 + 1.0 / slices),
            2));
    phases.addAll(ends(config, across));
    KernelWork.Distinct distinct = problem.distinct();
    double parts = slices == 1 ? 0 : slices * partBytes(config);
    return new KernelWork(
        grid.count(),
        config.threads(),
        // A branch has addresses of its own.
        config.registers() + (problem.branch().isPresent() ? config.inputCopies() : 0),
        config.sharedBytes(),
        new KernelWork.Distinct(distinct.weights(), distinct.read(), distinct.written() + parts),
        phases);
  }

  /// What comes after the sums of a block: those of its slice meet the others', then the epilogue.
  private List<Phase> ends(MmaConfig config, double across) {
    List<Phase> last =
        problem.epiloguePhases(staged.asked(), config.tileRows(), config.tileChannels());
    if (config.slices() == 1) {
      return last;
    }
    double part = 4 * problem.meanRows(config.tileRows()) * across;
    List<Phase> phases = new ArrayList<>();
    phases.add(new Phase.Store("slice", part));
    phases.add(new Phase.Exchange("slice", Phase.Scope.BLOCK, 0, 2));
    // The fence waits for the stores, the counter answers, and the parts are loaded.
    phases.add(new Phase.Serial("last block", 3, Phase.Wait.WRITTEN));
    phases.add(
        new Phase.Last(
            new Phase.Exchange("slices", Phase.Scope.GRID, config.slices() * part, 0),
            config.slices()));
    last.forEach(phase -> phases.add(new Phase.Last(phase, config.slices())));
    return phases;
  }
}
