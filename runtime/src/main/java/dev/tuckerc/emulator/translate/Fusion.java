package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneFunction;
import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.operations.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Fuses lane operations that follow each other.
///
/// Those that are done once for the warp come first, as straight code; the others follow in loops
/// over the lanes. A loop holds what the JIT compiler still vectorises: it gives up on long bodies
/// and on many stores (figures in docs/decisions/emulator-translation.md).
final class Fusion {
  private static final int LOOP_OPERATIONS = 16;
  private static final int LOOP_STORES = 4;
  private static final int LOOP_LOADS = 9;

  /// Most operations of straight code; keeps the method small enough to be compiled.
  private static final int ONCE_OPERATIONS = 60;

  private final DecodedFunction function;
  private final List<LaneOperation> once;
  private final List<LaneOperation> varying;
  private final Set<Value> live;
  private final Set<Value> uniform = new HashSet<>();

  /// @param operations of which none is done once with what another computes for each lane
  /// @param live registers that are read afterwards
  private Fusion(DecodedFunction function, List<LaneOperation> operations, Set<Value> live) {
    this.function = function;
    this.once = operations.stream().filter(Fusion::uniform).toList();
    this.varying = operations.stream().filter(o -> !uniform(o)).toList();
    this.live = live;
    once.forEach(operation -> uniform.add(target(operation)));
  }

  static List<Operation> fuse(
      DecodedFunction function, List<LaneOperation> operations, Set<Value> live) {
    Fusion fusion = new Fusion(function, operations, live);
    List<Operation> fused = new ArrayList<>();
    int from = 0;
    while (from < fusion.once.size()) {
      int to = Math.min(fusion.once.size(), from + ONCE_OPERATIONS);
      fused.addAll(fusion.straight(from, to));
      from = to;
    }
    from = 0;
    while (from < fusion.varying.size()) {
      int to = from + 1;
      while (to < fusion.varying.size() && fusion.fits(from, to + 1)) {
        to++;
      }
      fused.addAll(fusion.loop(from, to));
      from = to;
    }
    return fused;
  }

  static boolean uniform(LaneOperation operation) {
    return operation.function().mode() != LaneFunction.Mode.VECTOR;
  }

  /// The register an operation writes.
  static Value target(LaneOperation operation) {
    return new Value(operation.function().result(), operation.d);
  }

  /// The registers it reads.
  static List<Value> sources(LaneOperation operation) {
    List<Home> homes = operation.function().sources();
    List<Value> sources = new ArrayList<>(homes.size());
    for (int s = 0; s < homes.size(); s++) {
      sources.add(new Value(homes.get(s), operation.source(s)));
    }
    return sources;
  }

  /// Registers whose values before the operations are used.
  static Set<Value> exposed(List<LaneOperation> operations) {
    Set<Value> written = new HashSet<>();
    Set<Value> exposed = new LinkedHashSet<>();
    for (LaneOperation operation : operations) {
      for (Value source : sources(operation)) {
        if (!written.contains(source)) {
          exposed.add(source);
        }
      }
      written.add(target(operation));
    }
    return exposed;
  }

  private boolean fits(int from, int to) {
    return to - from <= LOOP_OPERATIONS
        && stored(varying, from, to).size() <= LOOP_STORES
        && exposed(varying.subList(from, to)).stream().filter(v -> !broadcast(v)).count()
            <= LOOP_LOADS;
  }

  private boolean broadcast(Value value) {
    return uniform.contains(value) || Schedule.constant(function, value);
  }

  /// What operations of a list from one to another, exclusive, leave for later.
  private Set<Value> stored(List<LaneOperation> list, int from, int to) {
    List<LaneOperation> rest = list.subList(to, list.size());
    Set<Value> later = exposed(rest);
    Set<Value> overwritten = new HashSet<>();
    rest.forEach(operation -> overwritten.add(target(operation)));
    Set<Value> stored = new LinkedHashSet<>();
    for (LaneOperation operation : list.subList(from, to)) {
      Value target = target(operation);
      if (later.contains(target) || (live.contains(target) && !overwritten.contains(target))) {
        stored.add(target);
      }
    }
    return stored;
  }

  private List<? extends Operation> straight(int from, int to) {
    Set<Value> stored = new LinkedHashSet<>(stored(once, from, to));
    Set<Value> inLoops = exposed(varying);
    Builder builder = new Builder();
    for (LaneOperation operation : once.subList(from, to)) {
      builder.add(operation, _ -> true);
      if (inLoops.contains(target(operation))) {
        stored.add(target(operation));
      }
    }
    for (Value value : stored) {
      // The parts of a loop, run one by one, read every lane.
      boolean fill =
          (live.contains(value) || inLoops.contains(value))
              && once.stream()
                  .anyMatch(o ->
                      target(o).equals(value)
                          && o.function().mode() == LaneFunction.Mode.UNIFORM_FILL);
      builder.output(value, fill);
    }
    return builder.build(false, once.subList(from, to));
  }

  private List<? extends Operation> loop(int from, int to) {
    Builder builder = new Builder();
    for (LaneOperation operation : varying.subList(from, to)) {
      builder.add(operation, this::broadcast);
    }
    for (Value value : stored(varying, from, to)) {
      builder.output(value, false);
    }
    return builder.build(true, varying.subList(from, to));
  }

  /// Builds a shape and the registers of its instance.
  private final class Builder {
    private final Map<Value, Integer> inputs = new LinkedHashMap<>();
    private final List<Shape.Input> kinds = new ArrayList<>();
    private final Map<Value, Integer> results = new HashMap<>();
    private final List<Shape.Step> steps = new ArrayList<>();
    private final Map<Value, Shape.Output> outputs = new LinkedHashMap<>();

    void add(LaneOperation operation, java.util.function.Predicate<Value> once) {
      LaneFunction scalar = operation.function();
      List<Value> registers = sources(operation);
      List<Shape.Source> sources = new ArrayList<>();
      for (int s = 0; s < registers.size(); s++) {
        Value register = registers.get(s);
        Integer result = results.get(register);
        if (result != null) {
          sources.add(new Shape.Result(result));
        } else if (VectorForms.shiftCount(scalar, s) && Schedule.constant(function, register)) {
          sources.add(new Shape.Immediate(function.intConstants[register.slot()][0]));
        } else {
          sources.add(new Shape.In(input(register, once.test(register))));
        }
      }
      results.put(target(operation), steps.size());
      steps.add(new Shape.Step(scalar.chain(), scalar.sources(), scalar.result(), sources));
    }

    private int input(Value register, boolean broadcast) {
      return inputs.computeIfAbsent(
          register,
          r -> {
            kinds.add(new Shape.Input(r.home(), broadcast));
            return kinds.size() - 1;
          });
    }

    void output(Value value, boolean fill) {
      Integer step = results.get(value);
      if (step != null) {
        outputs.put(value, new Shape.Output(step, fill));
      }
    }

    List<? extends Operation> build(boolean lanes, List<LaneOperation> parts) {
      if (outputs.isEmpty()) {
        return List.of();
      }
      if (parts.size() == 1) {
        return parts;
      }
      Shape shape = new Shape(lanes, kinds, steps, List.copyOf(outputs.values()));
      List<Value> registers = new ArrayList<>(inputs.keySet());
      registers.addAll(outputs.keySet());
      return List.of(
          ShapeClasses.create(
              shape,
              registers.stream().mapToInt(Value::slot).toArray(),
              parts.toArray(new LaneOperation[0])));
    }
  }
}
