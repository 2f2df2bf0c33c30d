package dev.tuckerc.codegen.gemm;

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

/// Candidates of the template `gemm.mma`: products of f16 on tensor cores with f32 sums.
public final class GemmMma {
  private static final int EPILOGUE_WIDTH = 8;
  private static final int CHUNK = 8;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final LoweringContext.KnownConstant weight;
  private final boolean wholeRow;
  private final int vector;
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final Map<String, String> holes = new HashMap<>();
  private final List<Argument> operandArguments;

  private GemmMma(
      GemmProblem problem, LoweringContext context, LoweringContext.KnownConstant weight) {
    this.problem = problem;
    this.context = context;
    this.weight = weight;
    this.wholeRow = GemmConstants.joinsRow(problem);
    this.vector = wholeRow ? 1 : GemmConstants.vector(problem, CHUNK);
    OperandCode operands = OperandCode.of(problem, context);
    this.operandArguments = operands.arguments();
    EpilogueEmitter.Emitted epilogue = problem.epilogue(EPILOGUE_WIDTH);
    helpers.addAll(epilogue.helpers());
    List<String> parameters = new ArrayList<>();
    parameters.add("const half_bits* __restrict__ input");
    parameters.add("const half_bits* __restrict__ weight");
    parameters.addAll(operands.parameters());
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("epilogue", epilogue.code());
  }

  /// All candidates; none when the product is not of f16, its weight is not known at compile time,
  /// or its channels are not neighbours in memory.
  static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    var weight = problem.weight().constant();
    if (problem.sumType() != DataType.F16
        || weight.isEmpty()
        || problem.run() > 1 && problem.inputStrides().get(4) != 1) {
      return List.of();
    }
    GemmMma mma = new GemmMma(problem, context, weight.get());
    KernelTemplate template = context.template("gemm.mma");
    SequencedMap<String, Long> shape = GemmConstants.constants(problem, mma.wholeRow, mma.vector);
    shape.put("SM", (long) context.device().computeCapability());
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : template.candidates(shape)) {
      candidates.add(mma.candidate(template, constants));
    }
    return candidates;
  }

  private Candidate candidate(KernelTemplate template, SequencedMap<String, Long> constants) {
    long blocks = value(constants, "PADDED_BLOCKS");
    long terms = value(constants, "STEPS") * value(constants, "TILE_K");
    String name =
        "%s#mma%dx%dg%d%s"
            .formatted(
                weight.name(), terms, blocks * 16, problem.batchCount(), wholeRow ? "row" : "");
    Supplier<Tensor> packed =
        () -> WeightPacking.fragments(problem, weight.tensor(), wholeRow, terms, blocks);
    Map<String, String> own = new HashMap<>(holes);
    own.put(
        "z",
        GemmConstants.batchOffsets(
            problem, WeightPacking.batchStrides(problem, terms * blocks * 16)));
    List<Argument> arguments = new ArrayList<>();
    arguments.add(context.argument(problem.input()));
    arguments.add(new Argument.Weight(name));
    arguments.addAll(operandArguments);
    Extent grid =
        new Extent(
            Math.toIntExact(Math.ceilDiv(problem.rows(), value(constants, "TILE_ROWS"))),
            Math.toIntExact(Math.ceilDiv(problem.channels(), value(constants, "TILE_CHANNELS"))),
            Math.toIntExact(problem.batchCount()));
    return new Candidate(
        new TemplateInstance(template, constants, own, helpers),
        grid,
        Extent.of(value(constants, "THREADS")),
        Math.toIntExact(value(constants, "SHARED_BYTES")),
        arguments,
        Map.of(name, packed),
        work(constants, grid));
  }

  private KernelWork work(SequencedMap<String, Long> constants, Extent grid) {
    long tileRows = value(constants, "TILE_ROWS");
    long tileChannels = value(constants, "TILE_CHANNELS");
    long split = value(constants, "SPLIT");
    long terms = value(constants, "STEPS") * value(constants, "TILE_K");
    double input = GemmConstants.halo(problem, tileRows) * problem.run();
    double bytes = 2 * (input + (double) terms * tileChannels);
    bytes += problem.outputBytes(tileRows, tileChannels);
    long fragments = value(constants, "ROW_BLOCKS") * value(constants, "CHANNEL_BLOCKS");
    int registers =
        (int)
            Math.min(
                255,
                48
                    + 8 * fragments
                    + 4 * (value(constants, "ROW_BLOCKS") + value(constants, "CHANNEL_BLOCKS"))
                    + 5 * value(constants, "INPUT_COPIES"));
    boolean stages = value(constants, "ASYNC") != 0;
    return new KernelWork(
        grid.count(),
        Math.toIntExact(value(constants, "THREADS")),
        registers,
        Math.toIntExact(value(constants, "SHARED_BYTES")),
        bytes,
        problem.uniqueBytes(),
        (double) tileRows * tileChannels * terms,
        // Each tile is written once; every warp reads its rows and channels of it.
        2.0
            * terms
            * (tileRows * (1 + tileChannels / value(constants, "WARP_CHANNELS"))
                + tileChannels * (1 + tileRows / value(constants, "WARP_ROWS"))),
        KernelWork.Unit.TENSOR,
        // One warp issues its fragments' steps one after another; two of 8 channels each.
        Math.ceilDiv(terms, 16 * split) * Math.max(1, 2 * fragments / 4.0),
        split * 2.0 * tileRows * tileChannels * 4,
        stages ? 0.25 : 0.5);
  }

  private static long value(SequencedMap<String, Long> constants, String name) {
    return constants.getOrDefault(name, 0L);
  }
}
