package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneOperation;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Generates one hidden class for each [Shape] and keeps them; all kernels share them.
final class ShapeClasses {
  /// Most classes that are kept for further instances; a model of 27 kernels needs some hundreds.
  private static final int MOST = 2048;

  private static final ClassDesc WARP = ScalarCode.WARP;
  private static final ClassDesc BASE = ClassDesc.of(FusedOperation.class.getName());
  private static final ClassDesc SELF = ClassDesc.of(ShapeClasses.class.getPackageName(), "Fused");
  private static final ClassDesc SLOTS = ConstantDescs.CD_int.arrayType();
  private static final ClassDesc PARTS = ClassDesc.of(LaneOperation.class.getName()).arrayType();
  private static final MethodTypeDesc CONSTRUCTOR =
      MethodTypeDesc.of(ConstantDescs.CD_void, SLOTS, PARTS);
  private static final int WARP_LOCAL = 1;

  /// The classes used last; others are unloaded when no block has them.
  private static final Map<Shape, MethodHandle> CONSTRUCTORS =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, MethodHandle> eldest) {
          return size() > MOST;
        }
      };

  private ShapeClasses() {}

  /// An operation of a shape on registers.
  ///
  /// @param slots of inputs, then outputs
  /// @param parts the same one by one
  static FusedOperation create(Shape shape, int[] slots, LaneOperation[] parts) {
    MethodHandle constructor;
    synchronized (CONSTRUCTORS) {
      constructor = CONSTRUCTORS.computeIfAbsent(shape, ShapeClasses::generate);
    }
    try {
      return (FusedOperation) constructor.invokeExact(slots, parts);
    } catch (Throwable impossible) {
      throw new IllegalStateException("translation of " + shape, impossible);
    }
  }

  private static MethodHandle generate(Shape shape) {
    byte[] bytes =
        ClassFile.of()
            .build(
                SELF,
                type -> {
                  type.withSuperclass(BASE).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_PUBLIC);
                  int registers = shape.homes().size();
                  for (int r = 0; r < registers; r++) {
                    type.withField(
                        "s" + r, ConstantDescs.CD_int, ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
                  }
                  type.withMethodBody(
                      ConstantDescs.INIT_NAME,
                      CONSTRUCTOR,
                      ClassFile.ACC_PUBLIC,
                      code -> constructor(code, registers));
                  type.withMethodBody(
                      "run",
                      MethodTypeDesc.of(ConstantDescs.CD_void, WARP),
                      ClassFile.ACC_PUBLIC,
                      code -> new Body(shape, code).emit());
                });
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
      MethodType type = MethodType.methodType(void.class, int[].class, LaneOperation[].class);
      return hidden
          .findConstructor(hidden.lookupClass(), type)
          .asType(type.changeReturnType(FusedOperation.class));
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("generated class for " + shape, impossible);
    }
  }

  private static void constructor(CodeBuilder code, int registers) {
    code.aload(0).aload(2);
    code.invokespecial(
        BASE, ConstantDescs.INIT_NAME, MethodTypeDesc.of(ConstantDescs.CD_void, PARTS));
    for (int r = 0; r < registers; r++) {
      code.aload(0).aload(1).loadConstant(r).iaload();
      code.putfield(SELF, "s" + r, ConstantDescs.CD_int);
    }
    code.return_();
  }

  /// Emits `run`.
  private static final class Body {
    private final Shape shape;
    private final CodeBuilder code;
    private final int lane;

    /// By input: the local variable with its value, or, in a loop, with its array.
    private final int[] inputs;

    private final int[] outputs;

    /// By step, of those that have been emitted.
    private final Map<Integer, Integer> results = new HashMap<>();

    /// By input: the local variable with the value of the current lane.
    private final Map<Integer, Integer> loaded = new HashMap<>();

    Body(Shape shape, CodeBuilder code) {
      this.shape = shape;
      this.code = code;
      this.lane = code.allocateLocal(TypeKind.INT);
      this.inputs = new int[shape.inputs().size()];
      this.outputs = new int[shape.outputs().size()];
    }

    void emit() {
      if (shape.lanes()) {
        handOver();
      }
      for (int i = 0; i < inputs.length; i++) {
        Shape.Input input = shape.inputs().get(i);
        register(i, input.home());
        if (input.home() == Home.PREDICATE) {
          code.iconst_1().iand();
        } else if (input.broadcast()) {
          code.iconst_0().arrayLoad(ScalarCode.kind(input.home()));
        }
        inputs[i] = store(input.broadcast() ? ScalarCode.kind(input.home()) : TypeKind.REFERENCE);
      }
      if (shape.lanes()) {
        loop();
      } else {
        shape.steps().forEach(this::step);
        for (int o = 0; o < outputs.length; o++) {
          once(o);
        }
      }
      code.return_();
    }

    /// A warp of which some lanes are elsewhere runs the parts.
    private void handOver() {
      Label all = code.newLabel();
      code.aload(WARP_LOCAL).getfield(WARP, "mask", ConstantDescs.CD_int);
      code.aload(WARP_LOCAL).getfield(WARP, "wide", ConstantDescs.CD_int);
      code.if_icmpeq(all);
      code.aload(0).aload(WARP_LOCAL);
      code.invokevirtual(BASE, "each", MethodTypeDesc.of(ConstantDescs.CD_void, WARP));
      code.return_();
      code.labelBinding(all);
    }

    private void loop() {
      for (int o = 0; o < outputs.length; o++) {
        register(inputs.length + o, shape.steps().get(shape.outputs().get(o).step()).result());
        outputs[o] = store(TypeKind.REFERENCE);
      }
      Label done = code.newLabel();
      code.iconst_0().istore(lane);
      Label next = code.newBoundLabel();
      code.iload(lane).bipush(32).if_icmpge(done);
      shape.steps().forEach(this::step);
      for (int o = 0; o < outputs.length; o++) {
        int step = shape.outputs().get(o).step();
        TypeKind kind = ScalarCode.kind(shape.steps().get(step).result());
        code.aload(outputs[o]).iload(lane);
        code.loadLocal(kind, results.getOrDefault(step, -1)).arrayStore(kind);
      }
      code.iinc(lane, 1).goto_(next);
      code.labelBinding(done);
    }

    private void step(Shape.Step step) {
      ScalarCode.call(
          code,
          step.chain(),
          step.homes(),
          step.result(),
          s -> source(step.sources().get(s), step.homes().get(s)));
      results.put(results.size(), store(ScalarCode.kind(step.result())));
    }

    private void source(Shape.Source source, Home home) {
      TypeKind kind = ScalarCode.kind(home);
      switch (source) {
        case Shape.Immediate(int value) -> code.loadConstant(value);
        case Shape.Result(int step) -> code.loadLocal(kind, results.getOrDefault(step, -1));
        case Shape.In(int index) -> {
          if (shape.inputs().get(index).broadcast()) {
            code.loadLocal(kind, inputs[index]);
            return;
          }
          Integer known = loaded.get(index);
          if (known == null) {
            code.aload(inputs[index]).iload(lane).arrayLoad(kind);
            known = store(kind);
            loaded.put(index, known);
          }
          code.loadLocal(kind, known);
        }
      }
    }

    /// Writes a value that was computed once.
    private void once(int output) {
      Shape.Output written = shape.outputs().get(output);
      Home home = shape.steps().get(written.step()).result();
      TypeKind kind = ScalarCode.kind(home);
      int value = results.getOrDefault(written.step(), -1);
      if (home == Home.PREDICATE) {
        ScalarCode.registerFile(code, WARP_LOCAL, home);
        slot(inputs.length + output);
        code.iload(value).ineg().iastore();
        return;
      }
      register(inputs.length + output, home);
      if (written.fill()) {
        code.loadLocal(kind, value);
        ScalarCode.fill(code, home);
      } else {
        code.iconst_0().loadLocal(kind, value).arrayStore(kind);
      }
    }

    private void slot(int register) {
      code.aload(0).getfield(SELF, "s" + register, ConstantDescs.CD_int);
    }

    /// Pushes a register's array, or a predicate's bits.
    private void register(int register, Home home) {
      ScalarCode.registerFile(code, WARP_LOCAL, home);
      slot(register);
      if (home == Home.PREDICATE) {
        code.iaload();
      } else {
        code.aaload();
      }
    }

    private int store(TypeKind kind) {
      int local = code.allocateLocal(kind);
      code.storeLocal(kind, local);
      return local;
    }
  }
}
