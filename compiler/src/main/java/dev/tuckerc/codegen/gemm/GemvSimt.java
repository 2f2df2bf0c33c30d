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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Candidates of the template `gemv.simt`: products of at most eight rows with constant weights,
/// such as a classifier at batch 1, or a convolution whose window is the whole image. The weights
/// are read once, so memory is what counts.
public final class GemvSimt {
  private static final int MOST_ROWS = 8;

  private final GemmProblem problem;
  private final LoweringContext context;
  private final LoweringContext.KnownConstant weight;
  private final DataType weightType;

  /// Terms of a sum, as they lie in memory.
  private final long termCount;

  private GemvSimt(
      GemmProblem problem, LoweringContext context, LoweringContext.KnownConstant weight) {
    this.problem = problem;
    this.termCount = problem.terms();
    this.context = context;
    this.weight = weight;
    this.weightType = problem.sumType();
  }

  /// All candidates; none when there are many rows, several batch entries, a window, or rows that
  /// are not evenly spaced.
  public static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    var weight = problem.weight().constant();
    boolean narrow = problem.sumType() == DataType.F32 || problem.sumType() == DataType.F16;
    if (!narrow || weight.isEmpty() || problem.rows() > MOST_ROWS || problem.batchCount() != 1) {
      return List.of();
    }
    boolean pointwise = problem.window().count() == 1 && !problem.window().padded();
    boolean whole = readsWholeImage(problem);
    // One axis of rows: the others have extent 1, and a window moves along none of them.
    int axis = 3;
    for (int i = 0; i < 4; i++) {
      if (problem.pixels().get(i) > 1) {
        axis = whole ? 0 : i;
      }
    }
    if (!(pointwise || whole) || problem.pixels().get(axis) != problem.rows()) {
      return List.of();
    }
    long step = axis == 0 ? 1 : problem.window().step().get(axis - 1);
    GemvSimt own = new GemvSimt(problem, context, weight.get());
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("ROWS", problem.rows());
    shape.put("CHANNELS", problem.channels());
    shape.put("TERMS", problem.terms());
    shape.put("ROW_STRIDE", problem.inputStrides().get(axis) * step);
    shape.put("TERM_STRIDE", problem.inputStrides().get(4));
    KernelTemplate template = context.template("gemv.simt");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, shape)) {
      candidates.add(
          own.candidate(template, constants, TuningRecord.of(GemvConfig.class, constants)));
    }
    return candidates;
  }

  /// Whether a window covers an image whose elements lie one after the other, in the order of the
  /// window's taps and channels.
  private static boolean readsWholeImage(GemmProblem problem) {
    GemmProblem.Taps window = problem.window();
    List<Long> extents = problem.inputExtents();
    List<Long> strides = problem.inputStrides();
    long packed = problem.run();
    boolean contiguous = strides.get(4) == 1;
    for (int axis = 2; axis >= 0; axis--) {
      contiguous = contiguous && (extents.get(axis) == 1 || strides.get(axis + 1) == packed);
      packed *= extents.get(axis);
    }
    return contiguous
        && !window.padded()
        && window.kernel().equals(extents)
        && problem.pixels().subList(1, 4).equals(List.of(1L, 1L, 1L));
  }

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, GemvConfig config) {
    SequencedSet<String> helpers = new LinkedHashSet<>();
    CudaType type = CudaType.of(weightType);
    type.helper().ifPresent(helpers::add);
    EpilogueEmitter.Emitted epilogue = problem.epilogue(1);
    helpers.addAll(epilogue.helpers());
    OperandCode operands = OperandCode.of(problem, context);
    List<String> parameters = new ArrayList<>();
    Argument input = context.argument(problem.input());
    parameters.add(input.parameter("Input", "input"));
    parameters.add("const Weight* __restrict__ weight");
    parameters.addAll(operands.parameters());
    String types =
        """
        typedef %s Input;
        typedef %s Weight;
        static __device__ __forceinline__ float load_input(Input element) { return %s; }
        static __device__ __forceinline__ float load_weight(Weight element) { return %s; }
        """
            .formatted(type.storage(), type.storage(), type.load("element"), type.load("element"));
    Map<String, String> holes = new HashMap<>();
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("types", types);
    holes.put("epilogue", epilogue.code());
    long terms = config.paddedTerms();
    long channels = config.paddedChannels();
    String name = weight.name() + "#rows" + terms + "x" + channels;
    List<Argument> arguments = new ArrayList<>();
    arguments.add(input);
    arguments.add(new Argument.Weight(name));
    arguments.addAll(operands.arguments());
    long blocks = channels / config.tileChannels();
    return new Candidate(
        new TemplateInstance(template, constants, holes, helpers),
        Extent.of(blocks),
        Extent.of(config.threads()),
        0,
        arguments,
        Map.of(name, () -> packed(terms, channels)),
        work(config, blocks));
  }

  private Tensor packed(long terms, long channels) {
    Tensor packed = Tensor.zeros(weightType, List.of(1L, terms, channels));
    GemmProblem.Weight strides = problem.weight();
    for (long term = 0; term < termCount; term++) {
      long from =
          term / problem.run() * strides.tapStride() + term % problem.run() * strides.runStride();
      for (long channel = 0; channel < problem.channels(); channel++) {
        WeightPacking.copy(
            weight.tensor(),
            (int) (from + channel * strides.channelStride()),
            packed,
            (int) (term * channels + channel));
      }
    }
    return packed;
  }

  private KernelWork work(GemvConfig config, long blocks) {
    double terms = config.paddedTerms();
    long tile = config.tileChannels();
    int vector = config.vector();
    double rows = problem.rows();
    double bytes = (terms * tile + rows * termCount) * weightType.bytes();
    double slots = terms * tile * rows * (1 + 3.0 / vector) + terms * tile * 2.0 / vector;
    // Sums of channels beyond the last are written and not read.
    double inside = (double) problem.channels() / config.paddedChannels();
    int partialBytes = config.down() * config.partials() * 4;
    List<Phase> phases = new ArrayList<>();
    phases.add(
        new Phase.Product(
            "product",
            Unit.Scalar.FMA,
            terms * tile * rows,
            slots,
            config.threads() / 32,
            rows * vector,
            0,
            // Four terms are loaded, then used.
            new Phase.Stream(bytes, config.termsEach() / 4.0, 0, false, Phase.Sync.WARP)));
    phases.add(new Phase.Exchange("sums", Phase.Scope.BLOCK, partialBytes * (1 + inside), 1));
    // A thread adds the parts of one result one after the other.
    phases.add(new Phase.Serial("sums of the parts", config.down(), Phase.Wait.ARITHMETIC));
    phases.addAll(problem.epiloguePhases(problem.rows(), tile));
    return new KernelWork(
        blocks,
        config.threads(),
        Math.toIntExact(40 + 4 * vector + problem.rows() * vector),
        partialBytes,
        problem.distinct(),
        phases);
  }
}
