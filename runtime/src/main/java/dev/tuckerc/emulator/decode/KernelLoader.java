package dev.tuckerc.emulator.decode;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxModule;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxVariable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A PTX module in device memory: places its variables and decodes its kernels when first launched.
public final class KernelLoader {
  private final boolean scalarized;
  private final long threshold;
  private final PtxModule module;
  private final GlobalMemory memory;
  private final Map<String, Long> globals = new HashMap<>();
  private final List<Region> regions = new ArrayList<>();
  private final Map<String, PtxFunction> functions = new HashMap<>();
  private final Map<String, DecodedFunction> decoded = new HashMap<>();

  /// @param scalarized whether values that are the same in all lanes are computed once
  /// @param threshold operations that a block executes before it is translated to bytecode;
  ///   negative where nothing is to be translated
  public KernelLoader(PtxModule module, GlobalMemory memory, boolean scalarized, long threshold) {
    this.scalarized = scalarized;
    this.threshold = threshold;
    this.module = module;
    this.memory = memory;
    for (PtxFunction function : module.functions()) {
      if (function.defined() || !functions.containsKey(function.name())) {
        functions.put(function.name(), function);
      }
    }
    for (PtxVariable variable : module.variables()) {
      if (variable.space().equals("global") || variable.space().equals("const")) {
        if (variable.external()) {
          throw new DeviceException(
              module.label()
                  + ": variable "
                  + variable.name()
                  + " is external; modules are not linked");
        }
        Region region =
            memory.allocate(Math.max(1, variable.bytes()), "variable " + variable.name());
        if (region.shadow != null) {
          // Variables without initial values are zero.
          region.shadow.markAllWritten();
        }
        regions.add(region);
        globals.put(variable.name(), region.base);
      }
    }
    int at = 0;
    for (PtxVariable variable : module.variables()) {
      if (variable.space().equals("global") || variable.space().equals("const")) {
        initialize(variable, regions.get(at++));
      }
    }
  }

  private void initialize(PtxVariable variable, Region region) {
    List<PtxOperand> values = variable.initial();
    if (values == null) {
      return;
    }
    Element element = Element.of(variable.type());
    if ((long) values.size() * element.bytes > region.size) {
      throw new DeviceException(
          module.label() + ": too many initial values for variable " + variable.name());
    }
    for (int i = 0; i < values.size(); i++) {
      long bits =
          switch (values.get(i)) {
            case PtxOperand.Immediate immediate ->
                immediate.form() == PtxOperand.Immediate.Form.FLOAT64
                        && variable.type().equals("f32")
                    ? Float.floatToRawIntBits((float) Double.longBitsToDouble(immediate.bits()))
                    : immediate.bits();
            case PtxOperand.Symbol symbol -> {
              Long address = globals.get(symbol.name());
              if (address == null) {
                throw new DeviceException(
                    module.label()
                        + ": variable "
                        + variable.name()
                        + " is initialised with "
                        + symbol.name()
                        + (functions.containsKey(symbol.name())
                            ? ": function pointers are not supported by the emulator"
                            : ", which has no address here"));
              }
              yield address + symbol.offset();
            }
            default ->
                throw new DeviceException(
                    module.label() + ": unreadable initial value of " + variable.name());
          };
      element.write(region.bytes, i * element.bytes, bits);
    }
  }

  /// Names of the kernels, in order.
  public List<String> kernels() {
    return module.functions().stream()
        .filter(f -> f.entry() && f.defined())
        .map(PtxFunction::name)
        .toList();
  }

  /// A kernel ready to run.
  ///
  /// @param alignedRows whether the block's width is a multiple of 32
  public synchronized DecodedFunction kernel(String name, boolean alignedRows) {
    String key = name + (alignedRows ? "/aligned" : "");
    DecodedFunction known = decoded.get(key);
    if (known == null) {
      known = decode(name, alignedRows);
      decoded.put(key, known);
    }
    return known;
  }

  private DecodedFunction decode(String name, boolean alignedRows) {
    PtxFunction kernel = functions.get(name);
    if (kernel == null || !kernel.entry()) {
      throw new DeviceException(
          module.label() + " has no kernel " + name + "; it has " + kernels());
    }
    Set<PtxFunction> reachable = reachable(kernel);
    Map<String, Integer> shared = new HashMap<>();
    int sharedBytes = placeShared(reachable, shared);
    boolean clusters = module.functions().stream().anyMatch(f -> cluster(f) != null);
    Map<String, DecodedFunction> callees = new HashMap<>();
    ModuleSymbols[] symbols = new ModuleSymbols[1];
    symbols[0] =
        new ModuleSymbols(
            module,
            Map.copyOf(globals),
            shared,
            callee -> {
              DecodedFunction ready = callees.get(callee);
              if (ready == null) {
                throw new IllegalStateException("function " + callee + " was not reachable");
              }
              return ready;
            },
            clusters);
    for (PtxFunction function : reachable) {
      if (function != kernel) {
        DecodedFunction callee =
            new FunctionDecoder(function, symbols[0], alignedRows, true).decode(threshold);
        callees.put(function.name(), callee);
      }
    }
    DecodedFunction result =
        new FunctionDecoder(kernel, symbols[0], alignedRows, scalarized).decode(threshold);
    result.independent = new Lazy(() -> independent(kernel, symbols[0], alignedRows));
    result.sharedBytes = sharedBytes;
    callees.values().forEach(result::addCallee);
    List<Integer> dimensions = cluster(kernel);
    if (dimensions != null) {
      for (int i = 0; i < 3; i++) {
        result.clusterDimensions[i] = i < dimensions.size() ? Math.max(1, dimensions.get(i)) : 1;
      }
    }
    result.mostThreads = kernel.mostThreads();
    return result;
  }

  private static DecodedFunction independent(
      PtxFunction kernel, ModuleSymbols symbols, boolean alignedRows) {
    return new FunctionDecoder(kernel, symbols, alignedRows, false).decode(-1);
  }

  /// A value made when first asked for, by whichever thread.
  private static final class Lazy implements Supplier<DecodedFunction> {
    private final Supplier<DecodedFunction> maker;
    private @Nullable DecodedFunction made;

    Lazy(Supplier<DecodedFunction> maker) {
      this.maker = maker;
    }

    @Override
    public synchronized DecodedFunction get() {
      DecodedFunction result = made;
      if (result == null) {
        result = maker.get();
        made = result;
      }
      return result;
    }
  }

  private static @Nullable List<Integer> cluster(PtxFunction function) {
    return function.directives().get("reqnctapercluster");
  }

  /// The kernel and every function it may call.
  private Set<PtxFunction> reachable(PtxFunction kernel) {
    Set<PtxFunction> seen = new LinkedHashSet<>();
    ArrayDeque<PtxFunction> work = new ArrayDeque<>(List.of(kernel));
    while (!work.isEmpty()) {
      PtxFunction function = work.remove();
      if (!seen.add(function)) {
        continue;
      }
      for (PtxInstruction instruction : function.instructions()) {
        if (instruction.base().equals("call")) {
          for (PtxOperand operand : instruction.operands()) {
            if (operand instanceof PtxOperand.Symbol symbol
                && functions.get(symbol.name()) != null
                && functions.get(symbol.name()).defined()) {
              work.add(functions.get(symbol.name()));
            }
          }
        }
      }
    }
    return seen;
  }

  /// Places shared variables; unsized external arrays all begin where the sized ones end.
  private int placeShared(Set<PtxFunction> reachable, Map<String, Integer> shared) {
    List<PtxVariable> candidates = new ArrayList<>();
    Set<String> used = new LinkedHashSet<>();
    for (PtxFunction function : reachable) {
      for (PtxInstruction instruction : function.instructions()) {
        instruction.operands().forEach(o -> names(o, used));
      }
      function.variables().stream()
          .filter(v -> v.space().equals("shared"))
          .forEach(candidates::add);
    }
    module.variables().stream()
        .filter(v -> v.space().equals("shared") && used.contains(v.name()))
        .forEach(candidates::add);
    long next = 0;
    int dynamicAlignment = 1;
    for (PtxVariable variable : candidates) {
      if (variable.bytes() > 0) {
        next = (next + variable.alignment() - 1) & -variable.alignment();
        shared.put(variable.name(), (int) next);
        next += variable.bytes();
      } else {
        dynamicAlignment = Math.max(dynamicAlignment, variable.alignment());
      }
    }
    if (next > 1 << 24) {
      throw new DeviceException(module.label() + ": " + next + " bytes of shared memory");
    }
    long dynamic = (next + dynamicAlignment - 1) & -dynamicAlignment;
    for (PtxVariable variable : candidates) {
      if (variable.bytes() == 0) {
        shared.put(variable.name(), (int) dynamic);
      }
    }
    return (int) dynamic;
  }

  private static void names(PtxOperand operand, Set<String> into) {
    switch (operand) {
      case PtxOperand.Symbol symbol -> into.add(symbol.name());
      case PtxOperand.Address address -> names(address.base(), into);
      case PtxOperand.Tuple tuple -> tuple.elements().forEach(e -> names(e, into));
      case PtxOperand.Register _,
          PtxOperand.Special _,
          PtxOperand.Immediate _,
          PtxOperand.Arguments _,
          PtxOperand.Pair _,
          PtxOperand.Sink _ -> {}
    }
  }

  /// Frees the module's variables.
  public void close() {
    regions.forEach(memory::free);
  }
}
