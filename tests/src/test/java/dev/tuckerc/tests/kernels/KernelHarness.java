package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.Argument;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Extent;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.StoredTensor;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Runs a graph's generated kernels on the emulated device and compares them with the reference
/// interpreter.
///
/// Usage: build a graph with [Builder], then call [#check].
final class KernelHarness {
  private static final KernelCompiler COMPILER = NvrtcCompiler.create();
  private static final Device DEVICE =
      new EmulatedDevice(EmulatorOptions.DEFAULT.withChecks(Check.ALL));

  private KernelHarness() {}

  /// How far a result may be from the reference: `absolute + relative * |reference|`.
  record Tolerance(double absolute, double relative) {
    static final Tolerance EXACT = new Tolerance(0, 0);
    static final Tolerance F32 = new Tolerance(2e-5, 2e-5);
    static final Tolerance F16 = new Tolerance(4e-3, 4e-3);
  }

  /// A graph in the making: inputs and constants get random or given values.
  static final class Builder {
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> feeds = new LinkedHashMap<>();
    private final Random random;

    Builder(long seed) {
      random = new Random(seed);
    }

    /// An input of random values.
    Value input(DataType type, Layout layout, long... shape) {
      return input(random(type, shape), layout);
    }

    /// An input of given values, stored in a layout.
    Value input(Tensor tensor, Layout layout) {
      var type =
          dev.tuckerc.ir.TensorType.of(tensor.type(), dev.tuckerc.ir.Shape.of(tensor.shape()));
      Value value = new Value("in" + inputs.size(), type.withLayout(layout));
      inputs.add(value);
      feeds.put(value.name(), tensor);
      return value;
    }

    /// A constant of random values.
    Value constant(DataType type, long... shape) {
      return constant(random(type, shape));
    }

    /// A constant.
    Value constant(Tensor tensor) {
      Op op = new Constant("w" + nodes.size(), tensor);
      return add(op, Layout.ROW_MAJOR);
    }

    /// A node whose result is stored in a layout.
    Value add(Op op, Layout layout) {
      String name = op.name() + nodes.size();
      Value result = new Value(name, op.resultType().withLayout(layout));
      nodes.add(new Node(op, result, Location.of(nodes.size(), "test/" + name, op.name())));
      return result;
    }

    /// Random values in [-1, 1), or small integers.
    Tensor random(DataType type, long... shape) {
      List<Long> extents = java.util.Arrays.stream(shape).boxed().toList();
      Tensor tensor = Tensor.zeros(type, extents);
      for (int i = 0; i < tensor.size(); i++) {
        if (type.isFloat()) {
          tensor.setDouble(i, random.nextDouble() * 2 - 1);
        } else if (type == DataType.BOOL) {
          tensor.setLong(i, random.nextInt(2));
        } else {
          tensor.setLong(
              i, random.nextInt(type.isUnsigned() ? 20 : 40) - (type.isUnsigned() ? 0 : 20));
        }
      }
      return tensor;
    }

    Graph graph(Value... results) {
      List<Graph.Output> outputs = new ArrayList<>();
      for (Value value : results) {
        outputs.add(new Graph.Output("out" + outputs.size(), value));
      }
      return new Graph("test", inputs, nodes, outputs);
    }

    Map<String, Tensor> feeds() {
      return feeds;
    }
  }

  /// Generates for an H200, runs on the emulator, compares every output.
  static Program check(Builder builder, Graph graph, Tolerance tolerance) {
    return check(builder, graph, tolerance, DeviceDescription.shipped("h200"));
  }

  /// Generates for a device, runs on the emulator, compares every output.
  static Program check(
      Builder builder, Graph graph, Tolerance tolerance, DeviceDescription device) {
    Program program = CodeGenerator.generate(graph, Set.of(), device);
    check(builder, graph, tolerance, program, device.architecture());
    return program;
  }

  /// Runs a program on the emulator and compares every output of its graph.
  static void check(
      Builder builder, Graph graph, Tolerance tolerance, Program program, String architecture) {
    Map<String, Tensor> actual = run(graph, program, builder.feeds(), architecture);
    Map<String, Tensor> expected = Interpreter.run(graph, builder.feeds());
    expected.forEach((name, tensor) ->
        compare(
            name + " of " + program.kernels().getFirst().decision().parameters(),
            actual.get(name),
            tensor,
            tolerance));
  }

  /// Runs a program; each value has its own buffer of exactly its size, so that the emulator sees
  /// any access outside it.
  static Map<String, Tensor> run(
      Graph graph, Program program, Map<String, Tensor> feeds, String architecture) {
    Map<Value, DeviceBuffer> buffers = new IdentityHashMap<>();
    Map<String, DeviceBuffer> weights = new LinkedHashMap<>();
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      for (Value input : graph.inputs()) {
        Tensor stored = StoredTensor.store(feeds.get(input.name()), input.type().layout());
        buffers.put(input, upload(stored, input.name(), opened));
      }
      program.weights().forEach((name, tensor) -> weights.put(name, upload(tensor, name, opened)));
      for (Launch launch : program.launches()) {
        GeneratedKernel kernel = launch.kernel();
        CompiledKernel compiled =
            COMPILER.compile(kernel.name() + ".cu", kernel.source(), architecture, List.of());
        DeviceModule module = DEVICE.load(compiled.ptx(), kernel.name());
        opened.add(module);
        List<KernelArgument> arguments = new ArrayList<>();
        for (Argument argument : launch.arguments()) {
          DeviceBuffer buffer =
              switch (argument) {
                case Argument.Activation(Value value) ->
                    buffers.computeIfAbsent(value, v -> allocate(v, opened));
                case Argument.Weight(String name) -> weights.get(name);
              };
          assertThat(buffer).as(argument.toString()).isNotNull();
          arguments.add(new KernelArgument.Pointer(buffer, 0));
        }
        DEVICE.launch(
            new KernelLaunch(
                module.kernel(kernel.name()),
                dimension(kernel.grid()),
                dimension(kernel.block()),
                kernel.sharedBytes(),
                arguments));
        DEVICE.synchronize();
      }
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      for (Graph.Output output : graph.outputs()) {
        Value value = output.value();
        List<Long> shape = value.shape().extents();
        Tensor stored = Tensor.zeros(value.type().elementType(), shape);
        DEVICE.download(buffers.get(value), 0, stored.data());
        outputs.put(output.name(), StoredTensor.load(stored, shape, value.type().layout()));
      }
      return outputs;
    } finally {
      opened.forEach(KernelHarness::close);
    }
  }

  static void compare(String what, Tensor actual, Tensor expected, Tolerance tolerance) {
    assertThat(actual.type()).as(what).isEqualTo(expected.type());
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    int wrong = 0;
    String first = "";
    for (int i = 0; i < expected.size(); i++) {
      double a = actual.getDouble(i);
      double e = expected.getDouble(i);
      boolean same = a == e || Double.isNaN(a) && Double.isNaN(e);
      if (!same
          && !(Math.abs(a - e) <= tolerance.absolute() + tolerance.relative() * Math.abs(e))) {
        if (wrong++ == 0) {
          first = "element " + i + " is " + a + " instead of " + e;
        }
      }
    }
    assertThat(wrong)
        .as("%s: wrong elements of %d; first: %s", what, expected.size(), first)
        .isZero();
  }

  private static DeviceBuffer upload(Tensor tensor, String label, List<AutoCloseable> opened) {
    long bytes = tensor.data().byteSize();
    DeviceBuffer buffer = DEVICE.allocate(Math.max(1, bytes), label);
    opened.add(buffer);
    DEVICE.upload(buffer, 0, tensor.data());
    return buffer;
  }

  private static DeviceBuffer allocate(Value value, List<AutoCloseable> opened) {
    DeviceBuffer buffer = DEVICE.allocate(Math.max(1, value.type().bytes()), value.toString());
    opened.add(buffer);
    return buffer;
  }

  private static Dim3 dimension(Extent extent) {
    return new Dim3(extent.x(), extent.y(), extent.z());
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
