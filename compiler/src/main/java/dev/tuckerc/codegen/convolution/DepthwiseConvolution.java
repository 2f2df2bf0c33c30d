package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.emit.CudaType;
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

/// Candidates of the template `conv.depthwise`: one input channel for each output channel, channels
/// fastest in memory, constant weights.
public final class DepthwiseConvolution {
  private final GemmProblem problem;
  private final GemmProblem byChannel;
  private final LoweringContext context;
  private final LoweringContext.KnownConstant weight;
  private final long channels;
  private final DataType compute;

  private DepthwiseConvolution(
      GemmProblem problem,
      GemmProblem byChannel,
      LoweringContext context,
      LoweringContext.KnownConstant weight) {
    this.problem = problem;
    this.byChannel = byChannel;
    this.context = context;
    this.weight = weight;
    this.channels = problem.batchCount();
    this.compute = problem.computeType();
  }

  /// All candidates; none when the convolution is not depthwise or not stored as the template
  /// needs.
  static List<Candidate> candidates(GemmProblem problem, LoweringContext context) {
    var weight = problem.weight().constant();
    var byChannel = problem.byChannel();
    if (byChannel.isEmpty() || weight.isEmpty()) {
      return List.of();
    }
    DepthwiseConvolution own =
        new DepthwiseConvolution(problem, byChannel.get(), context, weight.get());
    KernelTemplate template = context.template("conv.depthwise");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, own.shape())) {
      candidates.add(
          own.candidate(template, constants, TuningRecord.of(DepthwiseConfig.class, constants)));
    }
    return candidates;
  }

  private SequencedMap<String, Long> shape() {
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    shape.put("BATCH", problem.pixels().getFirst());
    shape.put("CHANNELS", channels);
    GemmConstants.constants(problem, false, 1)
        .forEach((name, value) -> {
          if (!List.of("ROWS", "CHANNELS", "FOLDED", "RUN", "WHOLE_ROW", "VECTOR").contains(name)) {
            shape.put(name, value);
          }
        });
    return shape;
  }

  private Candidate candidate(
      KernelTemplate template, SequencedMap<String, Long> constants, DepthwiseConfig config) {
    int vector = config.vector();
    int threads = config.threads();
    SequencedSet<String> helpers = new LinkedHashSet<>();
    CudaType input = CudaType.of(problem.sumType());
    input.helper().ifPresent(helpers::add);
    // The groups of the product are the channels here.
    EpilogueEmitter.Emitted epilogue =
        problem.epilogue(
            new EpilogueEmitter(List.of(), problem.pixels(), channels),
            byChannel.operands(),
            byChannel.result(),
            vector);
    helpers.addAll(epilogue.helpers());
    OperandCode operands = OperandCode.of(problem, context);
    List<String> parameters = new ArrayList<>();
    Argument read = context.argument(problem.input());
    parameters.add(read.parameter("Input", "input"));
    parameters.add("const Compute* __restrict__ weight");
    parameters.addAll(operands.parameters());
    String types =
        """
        typedef %s Input;
        typedef %s Compute;
        static __device__ __forceinline__ Compute load_input(Input element) { return %s; }
        """
            .formatted(input.storage(), CudaType.of(compute).compute(), input.load("element"));
    Map<String, String> holes = new HashMap<>();
    holes.put("parameters", String.join(",\n", parameters));
    holes.put("types", types);
    holes.put("epilogue", epilogue.code());
    String name = weight.name() + "#depthwise";
    List<Argument> arguments = new ArrayList<>();
    arguments.add(read);
    arguments.add(new Argument.Weight(name));
    arguments.addAll(operands.arguments());
    long blocks = Math.ceilDiv(config.count(), threads);
    return new Candidate(
        new TemplateInstance(template, constants, holes, helpers),
        Extent.of(blocks),
        Extent.of(threads),
        0,
        arguments,
        Map.of(name, this::packed),
        work(config, blocks));
  }

  /// Weights as `[tap][channel]`.
  private Tensor packed() {
    long taps = problem.window().count();
    Tensor packed = Tensor.zeros(compute, List.of(taps, channels));
    long stride = problem.weight().batchStrides().getFirst();
    for (long tap = 0; tap < taps; tap++) {
      for (long channel = 0; channel < channels; channel++) {
        long from = channel * stride + tap * problem.weight().tapStride();
        WeightPacking.copy(weight.tensor(), (int) from, packed, (int) (tap * channels + channel));
      }
    }
    return packed;
  }

  private KernelWork work(DepthwiseConfig config, long blocks) {
    double vector = config.vector();
    double strip = config.strip();
    double span = config.span();
    int threads = config.threads();
    double rows = problem.window().kernel().get(0) * problem.window().kernel().get(1);
    double taps = problem.window().kernel().get(2);
    // Threads take the channels first; those that are left over take further strips of the same
    // channels.
    double across = Math.min(threads, config.vectors()) * vector;
    double weights = Math.min(across, channels) * rows * taps * compute.bytes();
    double input = new StripTraffic(problem, config).inputBytes(blocks);
    double results = (double) problem.rows() * channels / blocks;
    // A load costs an address, two comparisons and the access.
    double slots = rows * (4 * span + taps + taps * strip * vector) + 20;
    List<Phase> phases = new ArrayList<>();
    phases.add(
        new Phase.Product(
            "taps",
            Unit.Scalar.FMA,
            rows * taps * strip * vector * threads,
            slots * threads,
            threads / 32,
            strip * vector,
            0,
            // A row of the window is loaded, then used.
            new Phase.Stream(input + weights, rows, 0, false, Phase.Sync.WARP)));
    // A result costs about eight operations.
    phases.add(new Phase.Compute("epilogue", strip * (4 + 4 * vector) * threads));
    phases.addAll(
        config.vectors() <= threads
            ? problem.epiloguePhases(1, results, channels, 0)
            : problem.epiloguePhases(results / across, across, across, (long) across));
    return new KernelWork(
        blocks,
        threads,
        (int) Math.min(255, 32 + span * vector + strip * vector),
        0,
        problem.distinct(),
        phases);
  }
}
