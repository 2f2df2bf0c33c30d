package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.gemm.GemmLifting;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.OperandCode;
import dev.tuckerc.codegen.gemm.TileTraffic;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TuningRecord;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.cost.Unit;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Convolutions by a shared basis with sparse coefficients, by the template `conv.basis`: two
/// spatial axes, channels fastest in memory, everything but the input known at compile time.
public final class BasisConvolutionLowering implements OpLowering<BasisConvolution> {

  /// @throws dev.tuckerc.codegen.select.CodegenException when the template does not serve it
  @Override
  public List<Candidate> candidates(BasisConvolution op, LoweringContext context) {
    GemmProblem problem = GemmLifting.of(op.dense(), context);
    boolean served =
        op.window().rank() == 2
            && problem.inputStrides().get(4) == 1
            && problem.sumType() != DataType.F64;
    if (!served) {
      throw context.refused("a shared basis needs two spatial axes, channels last, and no f64");
    }
    Kernel kernel =
        new Kernel(
            op, problem, context, known(op.basis(), context), known(op.coefficients(), context));
    KernelTemplate template = context.template("conv.basis");
    List<Candidate> candidates = new ArrayList<>();
    for (SequencedMap<String, Long> constants : context.candidates(template, kernel.shape())) {
      candidates.add(
          kernel.candidate(template, constants, TuningRecord.of(BasisConfig.class, constants)));
    }
    if (candidates.isEmpty()) {
      throw context.refused("a basis of " + op.basis().shape() + " does not fit registers");
    }
    return candidates;
  }

  private static KnownConstant known(Value value, LoweringContext context) {
    return context
        .constant(value)
        .orElseThrow(() -> context.refused(value + " is not known at compile time"));
  }

  /// One operation's kernels.
  private record Kernel(
      BasisConvolution op,
      GemmProblem problem,
      LoweringContext context,
      KnownConstant basis,
      KnownConstant coefficients) {

    SequencedMap<String, Long> shape() {
      SequencedMap<String, Long> shape = new LinkedHashMap<>();
      GemmProblem.Taps window = problem.window();
      List<Long> strides = problem.inputStrides();
      shape.put("ROWS", problem.rows());
      shape.put("CHANNELS", problem.run());
      shape.put("KERNELS", op.kernels());
      shape.put("OUTPUTS", problem.channels());
      spread(shape, "IN", problem.inputExtents().subList(1, 3));
      spread(shape, "OUT", problem.pixels().subList(2, 4));
      shape.put("STRIDE_N", strides.get(0));
      spread(shape, "STRIDE", strides.subList(2, 4));
      spread(shape, "TAPS", window.kernel().subList(1, 3));
      spread(shape, "STEP", window.step().subList(1, 3));
      spread(shape, "DILATION", window.dilation().subList(1, 3));
      spread(shape, "PAD", window.padBefore().subList(1, 3));
      shape.put("PADDED", window.padded() ? 1L : 0L);
      shape.put("VECTOR", problem.channels() % 4 == 0 ? 4L : 1L);
      return shape;
    }

    private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> hw) {
      shape.put(prefix + "_H", hw.get(0));
      shape.put(prefix + "_W", hw.get(1));
    }

    Candidate candidate(
        KernelTemplate template, SequencedMap<String, Long> constants, BasisConfig config) {
      SequencedSet<String> helpers = new LinkedHashSet<>();
      CudaType input = CudaType.of(problem.sumType());
      input.helper().ifPresent(helpers::add);
      int vector = problem.channels() % 4 == 0 ? 4 : 1;
      EpilogueEmitter.Emitted epilogue = problem.epilogue(vector);
      helpers.addAll(epilogue.helpers());
      OperandCode operands = OperandCode.of(problem, context);
      Argument read = context.argument(problem.input());
      List<String> parameters = new ArrayList<>();
      parameters.add(read.parameter("Input", "input"));
      parameters.add("const float* __restrict__ basis");
      parameters.add("const int* __restrict__ starts");
      parameters.add("const Coefficient* __restrict__ coefficients");
      parameters.addAll(operands.parameters());
      Map<String, String> holes = new HashMap<>();
      holes.put("parameters", String.join(",\n", parameters));
      holes.put(
          "types",
          """
          typedef %s Input;
          static __device__ __forceinline__ float load_input(Input element) { return %s; }
          """
              .formatted(input.storage(), input.load("element")));
      holes.put("epilogue", epilogue.code());
      SparseRows rows = new SparseRows(coefficients, op.kernels(), config);
      String kernels = basis.name() + "#f32";
      List<Argument> arguments = new ArrayList<>();
      arguments.add(read);
      arguments.add(new Argument.Weight(kernels));
      arguments.add(new Argument.Weight(rows.startsName()));
      arguments.add(new Argument.Weight(rows.entriesName()));
      arguments.addAll(operands.arguments());
      long across = Math.ceilDiv(problem.rows(), config.tilePixels());
      int down = config.paddedOutputs() / config.tileOutputs();
      return new Candidate(
          new TemplateInstance(template, constants, holes, helpers),
          new Extent(Math.toIntExact(across), down, 1),
          Extent.of(config.threads()),
          0,
          arguments,
          Map.of(
              kernels,
              () -> basis.tensor().convert(DataType.F32),
              rows.startsName(),
              rows::starts,
              rows.entriesName(),
              rows::entries),
          work(config, across * down, down));
    }

    private KernelWork work(BasisConfig config, long blocks, int down) {
      double pixels = config.tilePixels();
      double filters = (double) config.chunks() * config.chunk() * pixels;
      double kernels = op.kernels();
      double entries = (double) op.nonzeros() / down;
      double startBytes = config.chunks() * (config.tileOutputs() + config.warps()) * 4.0;
      double each = config.tileOutputs() / (double) config.warps();
      List<Phase> phases = new ArrayList<>();
      phases.add(new Phase.Load("basis", kernels * config.taps() * 4, true));
      phases.add(
          new Phase.Product(
              "basis",
              Unit.Scalar.FMA,
              filters * kernels * config.taps(),
              // A tap costs its load, two comparisons and an address beside its multiply-adds; a
              // pixel about twenty operations for where it lies.
              filters * (config.taps() * (kernels + 4) + kernels + 20),
              config.warps(),
              kernels,
              filters * kernels * 4,
              // A thread loads the taps of one pixel together, then uses them.
              new Phase.Stream(
                  new TileTraffic(problem).inputBytes(config.tilePixels()),
                  Math.max(1, (double) config.chunks() * config.items()),
                  0,
                  false,
                  Phase.Sync.WARP)));
      phases.add(new Phase.Exchange("filtered tile", Phase.Scope.BLOCK, 0, 2 * config.chunks()));
      phases.add(
          new Phase.Product(
              "coefficients",
              Unit.Scalar.FMA,
              entries * pixels,
              entries * 32 * (2.0 * config.pixels() + 4) + config.chunks() * each * 160,
              config.warps(),
              config.pixels(),
              entries * pixels * 4,
              // A row of coefficients is found, then loaded, then used.
              new Phase.Stream(
                  entries * 8 + startBytes, config.chunks() * each, 0, false, Phase.Sync.WARP)));
      phases.addAll(problem.epiloguePhases(config.tilePixels(), config.tileOutputs()));
      double weights = kernels * config.taps() * 4 + op.nonzeros() * 8.0 + startBytes * down;
      KernelWork.Distinct dense = problem.distinct();
      return new KernelWork(
          blocks,
          config.threads(),
          config.registers(op.kernels()),
          config.sharedElements() * 4,
          new KernelWork.Distinct(
              weights, dense.read() - problem.weight().value().type().bytes(), dense.written()),
          phases);
    }
  }
}
