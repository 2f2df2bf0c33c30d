package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EmittedScalar;
import dev.tuckerc.codegen.emit.ScalarExpressionEmitter;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrenceStep;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Recurrent layers: one block for each sequence of the batch walks through the steps, the state in
/// shared memory. Sums and state are F32, or F64.
public final class RecurrenceLowering implements OpLowering<Recurrence> {

  @Override
  public List<Candidate> candidates(Recurrence op, LoweringContext context) {
    return new Emission(op, context).candidates();
  }

  /// Accesses of a unit to its own states in a step, about.
  private static final double STATE_ACCESSES = 4;

  /// The code of one layer.
  private static final class Emission {
    private final Recurrence op;
    private final LoweringContext context;
    private final CudaType type;
    private final DataType computeType;
    private final RecurrenceStep step;
    private final SequencedSet<String> helpers = new LinkedHashSet<>();
    private int temporaries;

    Emission(Recurrence op, LoweringContext context) {
      this.op = op;
      this.context = context;
      this.type = CudaType.of(op.gates().type().elementType());
      this.computeType = type.type() == DataType.F64 ? DataType.F64 : DataType.F32;
      this.step = new RecurrenceStep(op, computeType);
      type.helper().ifPresent(helpers::add);
    }

    List<Candidate> candidates() {
      KernelTemplate template = context.template("recurrence");
      SequencedMap<String, Long> shape = new LinkedHashMap<>();
      shape.put("STEPS", op.gates().shape().extent(0));
      shape.put("BATCH", op.gates().shape().extent(1));
      shape.put("HIDDEN", op.hidden());
      shape.put("GATES", (long) op.kind().gates());
      shape.put("STATES", (long) op.kind().states());
      shape.put("REVERSE", op.reverse() ? 1L : 0L);
      shape.put("ELEMENT_BYTES", (long) computeType.bytes());
      Map<String, String> holes = holes();
      List<Argument> arguments = new ArrayList<>();
      op.operands().forEach(operand -> arguments.add(context.argument(operand)));
      arguments.add(context.result());
      List<Candidate> candidates = new ArrayList<>();
      for (SequencedMap<String, Long> constants : context.candidates(template, shape)) {
        int threads = Math.toIntExact(constants.getOrDefault("THREADS", 1L));
        candidates.add(
            new Candidate(
                new TemplateInstance(template, constants, holes, helpers),
                Extent.of(op.gates().shape().extent(1)),
                Extent.of(threads),
                0,
                arguments,
                Map.of(),
                work(threads)));
      }
      if (candidates.isEmpty()) {
        throw context.refused(
            "a recurrent layer of " + op.hidden() + " units does not fit shared memory");
      }
      return candidates;
    }

    private Map<String, String> holes() {
      List<String> names = new ArrayList<>(List.of("gates", "weight", "bias", "initial"));
      op.peepholes().ifPresent(_ -> names.add("peepholes"));
      op.lengths().ifPresent(_ -> names.add("lengths"));
      List<String> parameters = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        Value operand = op.operands().get(i);
        String element = CudaType.of(operand.type().elementType()).storage();
        parameters.add(context.argument(operand).parameter(element, names.get(i)));
      }
      parameters.add(type.storage() + "* __restrict__ y");
      Map<String, String> holes = new HashMap<>();
      holes.put("parameters", String.join(",\n", parameters));
      holes.put("type", "typedef " + AccumulatorType.of(type.type()).name() + " compute;");
      holes.put("shared", shared());
      holes.put("initial", initial());
      holes.put(
          "length",
          op.lengths().isPresent()
              ? "const bool runs = at < lengths[row];"
              : "const bool runs = true;");
      holes.put("prepare", prepare());
      holes.put("step", step());
      holes.put("store", "y[to] = " + type.store("runs ? next : compute(0)") + ";");
      holes.put("last", last());
      return holes;
    }

    private String shared() {
      return switch (op.kind()) {
        case RNN, GRU_RESET_AFTER -> "";
        case GRU -> "__shared__ compute update[HIDDEN], gated[HIDDEN];";
        case LSTM -> "__shared__ compute cell[HIDDEN];";
      };
    }

    private String initial() {
      String hidden = "hidden[0][unit] = " + type.load("initial[row * HIDDEN + unit]") + ";";
      return op.kind() == Recurrence.Kind.LSTM
          ? hidden + "\ncell[unit] = " + type.load("initial[(BATCH + row) * HIDDEN + unit]") + ";"
          : hidden;
    }

    /// The last states, behind the rows of the steps.
    private String last() {
      String hidden =
          "y[(STEPS * BATCH + row) * HIDDEN + unit] = "
              + type.store("hidden[STEPS & 1][unit]")
              + ";";
      return op.kind() == Recurrence.Kind.LSTM
          ? hidden
              + "\ny[((STEPS + 1) * BATCH + row) * HIDDEN + unit] = "
              + type.store("cell[unit]")
              + ";"
          : hidden;
    }

    /// What a GRU needs of all units before a step: the update gate and the state behind the reset
    /// gate.
    private String prepare() {
      if (op.kind() != Recurrence.Kind.GRU) {
        return "";
      }
      List<String> lines = new ArrayList<>();
      lines.add("for (int unit = threadIdx.x; unit < HIDDEN; unit += THREADS) {");
      lines.addAll(sums(List.of(0, 1), "before", true));
      lines.add("update[unit] = " + emit(lines, step.gate(), "s0") + ";");
      lines.add("gated[unit] = " + emit(lines, step.gate(), "s1") + " * before[unit];");
      lines.add("}");
      lines.add("__syncthreads();");
      return String.join("\n", lines);
    }

    private String step() {
      List<String> lines = new ArrayList<>();
      String next =
          switch (op.kind()) {
            case RNN -> {
              lines.addAll(sums(List.of(0), "before", true));
              yield emit(lines, step.gate(), "s0");
            }
            case GRU -> {
              lines.addAll(sums(List.of(2), "gated", true));
              yield emit(lines, step.blend(), "update[unit]", "s2", "before[unit]");
            }
            case GRU_RESET_AFTER -> {
              lines.addAll(sums(List.of(0, 1), "before", true));
              lines.addAll(sums(List.of(2), "before", false));
              String update = emit(lines, step.gate(), "s0");
              String reset = emit(lines, step.gate(), "s1");
              lines.add("const compute candidate = " + gateInput(2) + " + " + reset + " * s2;");
              yield emit(lines, step.blend(), update, "candidate", "before[unit]");
            }
            case LSTM -> {
              lines.addAll(sums(List.of(0, 1, 2, 3), "before", true));
              List<String> operands = new ArrayList<>(List.of("s0", "s2", "s3", "cell[unit]"));
              List<String> outputs = new ArrayList<>(List.of("s1", "memory"));
              if (op.peepholes().isPresent()) {
                operands.add(type.load("peepholes[unit]"));
                operands.add(type.load("peepholes[2 * HIDDEN + unit]"));
                outputs.add(type.load("peepholes[HIDDEN + unit]"));
              }
              String memory = emit(lines, step.cell(), operands.toArray(String[]::new));
              lines.add("const compute memory = " + memory + ";");
              String output = emit(lines, step.output(), outputs.toArray(String[]::new));
              lines.add("if (runs) cell[unit] = memory;");
              yield output;
            }
          };
      lines.add("const compute next = " + next + ";");
      return String.join("\n", lines);
    }

    private String gateInput(int gate) {
      return type.load("gates[((at * BATCH + row) * GATES + " + gate + ") * HIDDEN + unit]");
    }

    /// Declares `s0`, `s1`, ...: bias and products with a state, and what the input contributes.
    private List<String> sums(List<Integer> gates, String state, boolean withInput) {
      List<String> lines = new ArrayList<>();
      for (int gate : gates) {
        String bias = type.load("bias[" + gate + " * HIDDEN + unit]");
        lines.add(
            "compute s" + gate + " = " + (withInput ? gateInput(gate) + " + " : "") + bias + ";");
      }
      lines.add("#pragma unroll 4");
      lines.add("for (int k = 0; k < HIDDEN; k++) {");
      for (int gate : gates) {
        lines.add(
            "  s%d += %s[k] * %s;"
                .formatted(
                    gate, state, type.load("weight[(k * GATES + " + gate + ") * HIDDEN + unit]")));
      }
      lines.add("}");
      return lines;
    }

    private String emit(List<String> lines, ScalarExpression body, String... operands) {
      EmittedScalar emitted =
          ScalarExpressionEmitter.emit(
              body,
              Collections.nCopies(operands.length, computeType),
              List.of(operands),
              "t" + temporaries++ + "_");
      helpers.addAll(emitted.helpers());
      lines.addAll(emitted.statements());
      return emitted.result();
    }

    /// Every step reads the whole weight, from the second-level cache, and waits for the one
    /// before.
    private KernelWork work(int threads) {
      long batch = op.gates().shape().extent(1);
      double steps = op.gates().shape().extent(0);
      double products = (double) op.hidden() * op.hidden() * op.kind().gates();
      double waves = Math.ceil((double) op.hidden() / threads) * threads / op.hidden();
      double weights = steps * op.weight().type().bytes();
      KernelWork.Distinct distinct = context.distinct(op.operands());
      // The bias is read in every step, too.
      double gates =
          (double) op.gates().type().bytes() / batch
              + steps * op.kind().gates() * op.hidden() * op.gates().type().elementType().bytes();
      boolean gru = op.kind() == Recurrence.Kind.GRU;
      // How often a unit goes over the state of all units, and how often the units meet.
      int sums = gru || op.kind() == Recurrence.Kind.GRU_RESET_AFTER ? 2 : 1;
      int rounds = gru ? 2 : 1;
      return new KernelWork(
          batch,
          threads,
          48,
          Math.toIntExact(4 * op.hidden() * computeType.bytes()),
          distinct,
          List.of(
              new Phase.Load("weights of every step", weights + gates, false),
              new Phase.Compute("products", 2.5 * steps * products * waves),
              new Phase.Exchange(
                  "states",
                  Phase.Scope.BLOCK,
                  steps * op.hidden() * (sums * op.hidden() + STATE_ACCESSES) * computeType.bytes(),
                  (int) (steps * rounds)),
              // The products of a unit are added up one after the other.
              new Phase.Serial(
                  "sums",
                  steps * op.hidden() * Math.ceilDiv(op.hidden(), threads),
                  Phase.Wait.ARITHMETIC),
              new Phase.Store("states", distinct.written() / batch)));
    }
  }
}
