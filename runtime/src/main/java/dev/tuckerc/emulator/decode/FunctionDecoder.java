package dev.tuckerc.emulator.decode;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.machine.BasicBlock;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.DecodedFunction.ParameterPlace;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.InstructionClass;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Terminator;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Control;
import dev.tuckerc.emulator.operations.control.Guarded;
import dev.tuckerc.emulator.operations.control.Simple;
import dev.tuckerc.emulator.translate.Translation;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxVariable;
import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/// Decodes a function: registers, control flow, and each instruction.
final class FunctionDecoder {
  private final PtxFunction function;
  private final ModuleSymbols symbols;
  private final String label;
  private final Registers registers;
  private final ControlFlow flow;
  private final Uniformity uniformity;
  private final Map<String, Integer> locals = new HashMap<>();
  private final Map<String, Integer> parameterOffsets = new HashMap<>();
  private final Set<Value> readByLanes = new HashSet<>();
  private final int[] firstOperation;
  private int localBytes;
  private boolean orderDependent;
  private boolean warpOrderDependent;
  private boolean communicates;
  private boolean volatileAccesses;

  /// @param alignedRows whether a warp lies within one row of the block
  /// @param once whether values that are the same in all lanes are computed once
  FunctionDecoder(PtxFunction function, ModuleSymbols symbols, boolean alignedRows, boolean once) {
    this.function = function;
    this.symbols = symbols;
    this.label = symbols.module().label();
    this.registers = new Registers(function);
    ControlFlow plain = new ControlFlow(function, label, Set.of());
    Set<Integer> cuts = cuts(plain, new Uniformity(function, plain, alignedRows, true));
    this.flow = cuts.isEmpty() ? plain : new ControlFlow(function, label, cuts);
    this.uniformity = new Uniformity(function, flow, alignedRows, once);
    this.firstOperation = new int[function.instructions().size() + 1];
  }

  /// Instructions through which lanes read registers of other lanes.
  static final Set<String> EXCHANGE =
      Set.of(
          "shfl",
          "vote",
          "match",
          "redux",
          "mma",
          "ldmatrix",
          "stmatrix",
          "movmatrix",
          "elect",
          "wgmma");

  /// Where lanes exchange values although they may have taken different ways, a block begins: there
  /// lanes wait for each other. So it does where they access `volatile` memory, and with such
  /// accesses anywhere lanes may be apart everywhere.
  private Set<Integer> cuts(ControlFlow plain, Uniformity ways) {
    Set<Integer> cuts = new HashSet<>();
    for (int i = 0; i < function.instructions().size(); i++) {
      if (isVolatile(function.instructions().get(i))) {
        cuts.add(i);
        volatileAccesses = true;
      }
    }
    for (int b = 0; b < plain.nodes.size(); b++) {
      if (volatileAccesses || ways.divergentBlock(b)) {
        for (int i = plain.nodes.get(b).from(); i < plain.nodes.get(b).to(); i++) {
          PtxInstruction instruction = function.instructions().get(i);
          if (EXCHANGE.contains(instruction.base())
              || instruction.opcode().startsWith("bar.warp.sync")) {
            cuts.add(i);
            cuts.add(i + 1);
          }
        }
      }
    }
    return cuts;
  }

  private static boolean isVolatile(PtxInstruction instruction) {
    boolean access = instruction.base().equals("ld") || instruction.base().equals("st");
    return access && instruction.opcode().contains(".volatile");
  }

  /// @param threshold see [Translation]; negative where nothing is to be translated
  DecodedFunction decode(long threshold) {
    List<ParameterPlace> parameters = place(function.parameters(), function.entry());
    List<ParameterPlace> results = place(function.results(), false);
    for (PtxVariable variable : function.variables()) {
      if (variable.space().equals("local") || variable.space().equals("param")) {
        locals.put(variable.name(), allocateLocal(variable));
      }
    }
    findFilled();
    BasicBlock[] blocks = new BasicBlock[flow.nodes.size()];
    for (int b = 0; b < blocks.length; b++) {
      blocks[b] = block(b);
    }
    int[][] uniformSlots = uniformSlots();
    DecodedFunction result = registers.finish(function.name(), function.entry());
    result.blocks = blocks;
    result.uniformSlots = uniformSlots;
    result.localBytes = localBytes;
    result.parameters = parameters;
    result.results = results;
    result.orderDependent = orderDependent;
    if (threshold >= 0) {
      BlockPlans plans = new BlockPlans(function, flow, registers, firstOperation);
      result.hotCode = new Translation(plans, blocks.length, threshold);
    }
    result.warpOrderDependent = warpOrderDependent;
    result.communicates = communicates;
    result.volatileAccesses = volatileAccesses;
    return result;
  }

  private List<ParameterPlace> place(List<PtxVariable> variables, boolean kernel) {
    List<ParameterPlace> places = new ArrayList<>();
    int next = 0;
    for (PtxVariable variable : variables) {
      if (variable.space().equals("reg")) {
        throw new DeviceException(
            label
                + ": "
                + function.position()
                + ": register parameters of "
                + function.name()
                + " are not supported by the emulator");
      }
      int offset;
      if (kernel) {
        offset = (next + variable.alignment() - 1) & -variable.alignment();
        next = offset + (int) variable.bytes();
        parameterOffsets.put(variable.name(), offset);
      } else {
        offset = allocateLocal(variable);
        locals.put(variable.name(), offset);
      }
      places.add(
          new ParameterPlace(variable.name(), variable.type(), offset, (int) variable.bytes()));
    }
    return places;
  }

  private int allocateLocal(PtxVariable variable) {
    long offset = ((long) localBytes + variable.alignment() - 1) & -variable.alignment();
    if (offset + variable.bytes() > 1 << 19) {
      throw new DeviceException(
          label
              + ": "
              + function.position()
              + ": "
              + function.name()
              + " needs more than 512 KiB of local memory per thread");
    }
    localBytes = (int) (offset + variable.bytes());
    return (int) offset;
  }

  /// Finds registers that some instruction reads lane by lane.
  private void findFilled() {
    for (int i = 0; i < function.instructions().size(); i++) {
      if (!uniformity.uniform(i)) {
        for (String register : Effects.of(function.instructions().get(i)).reads()) {
          readByLanes.add(registers.get(register));
        }
      }
    }
  }

  private int[][] uniformSlots() {
    List<List<Integer>> slots = new ArrayList<>();
    for (Home _ : Home.values()) {
      slots.add(new ArrayList<>());
    }
    for (String register : function.registers().keySet()) {
      if (uniformity.uniform(register)) {
        Value value = registers.get(register);
        slots.get(value.home().ordinal()).add(value.slot());
      }
    }
    return slots.stream()
        .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  private InstructionContext context(int index) {
    PtxInstruction instruction = function.instructions().get(index);
    return new InstructionContext(
        instruction,
        uniformity.uniform(index),
        label,
        function,
        registers,
        symbols,
        locals,
        parameterOffsets,
        readByLanes::contains);
  }

  private BasicBlock block(int b) {
    ControlFlow.Node node = flow.nodes.get(b);
    List<Operation> operations = new ArrayList<>();
    List<SourcePosition> positions = new ArrayList<>();
    Terminator end = null;
    for (int i = node.from(); i < node.to(); i++) {
      PtxInstruction instruction = function.instructions().get(i);
      InstructionContext in = context(i);
      boolean last = i == node.to() - 1;
      firstOperation[i] = operations.size();
      try {
        if (last && BlockPlans.endsByControl(instruction)) {
          end = ControlDecoder.decode(in, flow, b, symbols);
        } else {
          instruction(in);
        }
      } catch (IllegalArgumentException
          | IllegalStateException
          | IndexOutOfBoundsException
          | NoSuchElementException malformed) {
        // Operands of a kind no form of the instruction has.
        DeviceException error = in.error(in.opcode + ": malformed instruction");
        error.initCause(malformed);
        throw error;
      }
      orderDependent |= in.orderDependent;
      warpOrderDependent |= in.warpOrderDependent;
      communicates |= in.communicates;
      List<Operation> emitted = in.emitted;
      if (instruction.guard() != null && end == null) {
        Value guard = registers.get(instruction.guard());
        emitted =
            List.of(
                new Guarded(
                    guard.slot(), instruction.guardNegated(), emitted.toArray(new Operation[0])));
      }
      for (Operation operation : emitted) {
        operations.add(operation);
        positions.add(instruction.position());
      }
      if (end != null) {
        positions.add(instruction.position());
      }
    }
    if (end == null) {
      boolean atEnd = b == flow.nodes.size() - 1;
      end = atEnd ? new Control.Leave(-1, false, function.entry(), b) : new Control.Jump(b + 1);
      positions.add(
          node.from() < node.to()
              ? function.instructions().get(node.to() - 1).position()
              : function.position());
    }
    PtxInstruction first =
        node.from() < node.to() ? function.instructions().get(node.from()) : null;
    boolean alone = node.to() - node.from() == 1;
    boolean warpBarrier = alone && first != null && first.opcode().startsWith("bar.warp.sync");
    int memberSlot = alone && first != null ? memberSlot(first, context(node.from())) : -1;
    return new BasicBlock(
        operations.toArray(new Operation[0]),
        positions.toArray(new SourcePosition[0]),
        end,
        mix(node),
        memberSlot,
        warpBarrier,
        memberSlot < 0 && exchanges(node),
        first != null && isVolatile(first));
  }

  private boolean exchanges(ControlFlow.Node node) {
    for (PtxInstruction instruction : function.instructions().subList(node.from(), node.to())) {
      if (instruction.guard() == null && EXCHANGE.contains(instruction.base())) {
        return true;
      }
    }
    return false;
  }

  private int[] mix(ControlFlow.Node node) {
    int[] counts = new int[InstructionClass.values().length];
    for (int i = node.from(); i < node.to(); i++) {
      counts[InstructionClass.of(function.instructions().get(i).opcode()).ordinal()]++;
    }
    return counts;
  }

  /// The register with the member mask of a `.sync` instruction, or -1.
  private int memberSlot(PtxInstruction first, InstructionContext in) {
    boolean barrier = first.opcode().startsWith("bar.warp.sync");
    if (first.guard() != null || (!barrier && !EXCHANGE.contains(first.base()))) {
      return -1;
    }
    return switch (first.base()) {
      case "shfl", "vote", "match", "redux", "elect", "bar" ->
          in.source(in.operands.getLast(), int.class).slot();
      default -> registers.intConstant(-1).slot();
    };
  }

  private void instruction(InstructionContext in) {
    switch (in.instruction.base()) {
      case "mov" -> MoveDecoder.move(in);
      case "cvta" -> MoveDecoder.convertAddress(in);
      case "isspacep" -> MoveDecoder.isSpace(in);
      case "cvt" -> MoveDecoder.convert(in);
      case "ld", "ldu" -> MemoryDecoder.load(in);
      case "st" -> MemoryDecoder.store(in);
      case "atom", "red" -> MemoryDecoder.atomic(in);
      case "cp" -> {
        if (in.opcode.contains(".async.bulk.") && TensorDecoder.handles(in)) {
          TensorDecoder.decode(in);
        } else if (in.opcode.startsWith("cp.async.bulk.")) {
          BarrierDecoder.bulk(in);
        } else if (in.opcode.startsWith("cp.async.mbarrier.")) {
          BarrierDecoder.copiesArrive(in);
        } else {
          MemoryDecoder.copyAsync(in);
        }
      }
      case "mbarrier" -> BarrierDecoder.barrier(in);
      case "mapa" -> BarrierDecoder.mapAddress(in);
      case "getctarank" -> BarrierDecoder.rankOf(in);
      case "shfl" -> WarpDecoder.shuffle(in);
      case "vote" -> WarpDecoder.vote(in);
      case "match" -> WarpDecoder.match(in);
      case "redux" -> WarpDecoder.reduce(in);
      case "activemask" -> WarpDecoder.activeMask(in);
      case "elect" -> WarpDecoder.elect(in);
      case "ldmatrix" -> WarpDecoder.matrixLoad(in, false);
      case "stmatrix" -> WarpDecoder.matrixLoad(in, true);
      case "movmatrix" -> WarpDecoder.transpose(in);
      case "mma" -> WarpDecoder.multiply(in);
      case "wgmma" -> WarpgroupDecoder.decode(in);
      // Cache policies have no effect here; what a register holds of one is opaque.
      case "createpolicy" ->
          in.lanes(in.target(in.operand(0)), "mov_b64", in.registers().longConstant(0));
      case "trap", "brkpt" -> in.emit(new Simple(Simple.Kind.TRAP, Value.NONE, 0));
      case "nanosleep" -> in.emit(new Simple(Simple.Kind.YIELD, Value.NONE, 0));
      case "membar", "fence" -> BarrierDecoder.fence(in);
      case "griddepcontrol" -> {
        if (!in.has("launch_dependents")) {
          throw in.unsupported();
        }
        in.emit(new Simple(Simple.Kind.LAUNCH_DEPENDENTS, Value.NONE, 0));
      }
      case "prefetch", "prefetchu", "discard", "applypriority", "pmevent", "setmaxnreg" -> {}
      default -> LaneDecoder.decode(in);
    }
    for (PtxOperand operand : in.operands) {
      if (operand instanceof PtxOperand.Arguments) {
        throw in.error(in.opcode + ": unexpected argument list");
      }
    }
  }
}
