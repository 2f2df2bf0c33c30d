package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.gemm.GemmConstants;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.OperandCode;
import dev.tuckerc.codegen.gemm.WeightPacking;
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
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Candidates of the template `conv.taps`: f16 convolutions to few channels, such as the last one
/// of a network from image to image. A product whose columns are the taps of all output channels
/// makes of each input pixel what it adds to the results around it, and these add it up (Vasudevan,
/// Anderson and Gregg, "Parallel Multi Channel Convolution using General Matrix Multiplication",
/// ASAP 2017, where all images of the taps go through memory).
final class TapsConvolution {
  /// Output channels, at most; with more, taps one after the other fill the tensor cores.
  private static final long MOST_CHANNELS = 4;

  /// Terms of one load of a lane.
  private static final int CHUNK = 8;

  /// Instructions of a thread for 16 pixels, as counted in the machine code that NVRTC 12.9 makes
  /// for sm_90a: the loop and the two pixels that it asks for; for each group of 32 channels their
  /// loads and the exchange of the rows in use for those on their way; for each block of 8 columns
  /// the stores.
  private static final double ROW_INSTRUCTIONS = 64;

  private static final double GROUP_INSTRUCTIONS = 10;

  private static final double COLUMN_INSTRUCTIONS = 4;

  /// Instructions of a thread for the place of a result, and to finish one of its channels.
  private static final double RESULT_INSTRUCTIONS = 16;

  private static final double CHANNEL_INSTRUCTIONS = 8;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final LoweringContext.KnownConstant weight;
  private final TensorShape unit;

  private TapsConvolution(
      GemmProblem problem,
      LoweringContext context,
      LoweringContext.KnownConstant weight,
      TensorShape unit) {
    this.problem = problem;
    this.context = context;
    this.weight = weight;
    this.unit = unit;
  }

  /// All candidates; none when the convolution has one tap, steps, groups or many channels, or is
  /// not stored as the template needs.
  static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    GemmProblem.Taps window = problem.window();
    Optional<TensorShape> unit =
        TensorShape.of(problem.sumType(), context.device().computeCapability());
    var weight = problem.weight().constant();
    if (problem.sumType() != DataType.F16
        || unit.isEmpty()
        || weight.isEmpty()
        || problem.batchCount() != 1
        || problem.branch().isPresent()
        || problem.channels() > MOST_CHANNELS
        || window.count() == 1
        || window.step().stream().anyMatch(step -> step != 1)
        || problem.inputExtents().getFirst() != 1
        || window.kernel().getFirst() != 1
        || problem.pixels().get(1) != 1
        || GemmConstants.vector(problem, CHUNK) != CHUNK) {
      return List.of();
    }
    TapsConvolution own = new TapsConvolution(problem, context, weight.get(), unit.get());
    KernelTemplate template = context.template("conv.taps");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, own.shape())) {
      candidates.add(
          own.candidate(template, constants, TuningRecord.of(TapsConfig.class, constants)));
    }
    return candidates;
  }

  private SequencedMap<String, Long> shape() {
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    GemmProblem.Taps window = problem.window();
    shape.put("BATCH", problem.pixels().getFirst());
    shape.put("CHANNELS", problem.channels());
    shape.put("STRIDE_N", problem.inputStrides().getFirst());
    spread(shape, "IN", problem.inputExtents());
    spread(shape, "OUT", problem.pixels().subList(1, 4));
    spread(shape, "STRIDE", problem.inputStrides().subList(1, 4));
    spread(shape, "TAPS", window.kernel());
    spread(shape, "DILATION", window.dilation());
    spread(shape, "PAD", window.padBefore());
    shape.put("RUN", problem.run());
    shape.put("SM", (long) context.device().computeCapability());
    shape.put("PROGRAMMATIC", context.programmatic() ? 1L : 0L);
    return shape;
  }

  private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> dhw) {
    shape.put(prefix + "_H", dhw.get(1));
    shape.put(prefix + "_W", dhw.get(2));
  }

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, TapsConfig config) {
    EpilogueEmitter.Emitted epilogue = problem.epilogue(1);
    OperandCode operands = OperandCode.of(problem, context);
    Argument read = context.argument(problem.input());
    List<String> parameters = new ArrayList<>();
    parameters.add(read.parameter("half_bits", "input"));
    parameters.add("const half_bits* __restrict__ weight");
    parameters.addAll(operands.parameters());
    String name = weight.name() + "#taps";
    List<Argument> arguments = new ArrayList<>();
    arguments.add(read);
    arguments.add(new Argument.Weight(name));
    arguments.addAll(operands.arguments());
    Extent grid = Extent.of(problem.pixels().getFirst() * config.tilesH() * config.tilesW());
    return new Candidate(
        new TemplateInstance(
            template,
            constants,
            Map.of("parameters", String.join(",\n", parameters), "epilogue", epilogue.code()),
            epilogue.helpers()),
        grid,
        Extent.of(config.threads()),
        0,
        arguments,
        Map.of(name, () -> packed(config)),
        work(config, grid));
  }

  /// Weights as `[tap][output channel][input channel]`, output channels of all taps padded to
  /// blocks of 8 and input channels to groups of 32.
  private Tensor packed(TapsConfig config) {
    long pitch = config.groups() * 32L;
    Tensor packed = Tensor.zeros(DataType.F16, List.of(config.columnBlocks() * 8L, pitch));
    GemmProblem.Weight own = problem.weight();
    for (long column = 0; column < config.columns(); column++) {
      long tap = column / problem.channels();
      long channel = column % problem.channels();
      long from = tap * own.tapStride() + channel * own.channelStride();
      for (long term = 0; term < problem.run(); term++) {
        WeightPacking.copy(
            weight.tensor(),
            (int) (from + term * own.runStride()),
            packed,
            (int) (column * pitch + term));
      }
    }
    return packed;
  }

  private KernelWork work(TapsConfig config, Extent grid) {
    double rows = 16.0 * config.rowBlocks();
    double padded = config.columnBlocks() * 8.0;
    double terms = config.groups() * 32.0;
    double multiplyAdds = rows * padded * terms;
    double lanes = 32.0 * config.rowBlocks();
    double instructions =
        lanes
                * (ROW_INSTRUCTIONS
                    + GROUP_INSTRUCTIONS * config.groups()
                    + COLUMN_INSTRUCTIONS * config.columnBlocks())
            + unit.instructions(multiplyAdds);
    double weights = padded * terms * 2;
    boolean early = context.programmatic();
    double results = (double) problem.rows() / grid.count();
    double slots = (double) config.tileH() * config.tileW();
    double taps = problem.window().count();
    List<Phase> phases = new ArrayList<>();
    if (early) {
      phases.add(new Phase.Load("weights", weights, true));
    }
    phases.add(
        new Phase.Product(
            "products",
            unit,
            multiplyAdds,
            instructions,
            config.warps(),
            config.columnBlocks(),
            0,
            new Phase.Stream(
                haloBytes(config) + (early ? 0 : weights),
                Math.ceilDiv(config.rowBlocks(), config.warps()),
                1,
                false,
                Phase.Sync.WARP)));
    phases.add(
        new Phase.Exchange(
            "taps",
            Phase.Scope.BLOCK,
            4 * (rows * config.columns() + results * taps * problem.channels()),
            1));
    phases.add(
        new Phase.Compute(
            "results",
            slots
                * (RESULT_INSTRUCTIONS + problem.channels() * (2 * taps + CHANNEL_INSTRUCTIONS))));
    // Rows of a tile are runs of neighbouring results.
    double high = (double) problem.pixels().get(2) / config.tilesH();
    double wide = (double) problem.pixels().get(3) / config.tilesW() * problem.channels();
    phases.addAll(
        problem.epiloguePhases(
            high, wide, problem.channels(), config.tileW() * problem.channels()));
    return new KernelWork(
        grid.count(),
        config.threads(),
        48 + 4 * config.groups() * (config.columnBlocks() + 4) + 4 * config.columnBlocks(),
        4 * config.columns() * config.pitch(),
        problem.distinct(),
        phases);
  }

  /// Bytes of the pixels under the windows of an average tile that lie inside the image.
  private double haloBytes(TapsConfig config) {
    double high = meanInside(1, config.tilesH(), config.tileH(), config.haloH());
    double wide = meanInside(2, config.tilesW(), config.tileW(), config.haloW());
    long pitch = problem.inputStrides().get(3);
    double sectors =
        pitch == problem.run()
            ? SectorSet.expected(2.0 * wide * pitch, 2 * pitch)
            : wide * SectorSet.expected(2.0 * problem.run(), 2 * pitch);
    return high * sectors * SectorSet.BYTES;
  }

  private double meanInside(int axis, long tiles, long tile, long halo) {
    long inside = 0;
    for (long t = 0; t < tiles; t++) {
      long from = t * tile - problem.window().padBefore().get(axis);
      long end = Math.min(problem.inputExtents().get(axis), from + halo);
      inside += Math.max(0, end - Math.max(0, from));
    }
    return (double) inside / tiles;
  }
}
