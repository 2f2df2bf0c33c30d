package dev.tuckerc.lab.run;

import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.emit.StoredTensor;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.memory.Aliases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/// A program whose kernels are loaded on a device.
///
/// Its memory is in [Copy]s, one or several; in each, every weight and every value that lies in no
/// other has a buffer of exactly its size, so that a checking device sees any access outside it.
public final class LoadedProgram implements AutoCloseable {
  private final Device device;
  private final Graph graph;
  private final Aliases aliases;
  private final Program program;
  private final Map<String, DeviceKernel> kernels = new HashMap<>();
  private final Set<KernelCode.Form> forms = new TreeSet<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  private LoadedProgram(Device device, Graph graph, Program program) {
    this.device = device;
    this.graph = graph;
    this.aliases = Aliases.of(graph);
    this.program = program;
  }

  /// Loads a program's kernels.
  ///
  /// @param graph that the program was generated from
  /// @throws DeviceException when the device refuses a kernel
  public static LoadedProgram load(Device device, Graph graph, CompiledProgram compiled) {
    LoadedProgram loaded = new LoadedProgram(device, graph, compiled.program());
    try {
      for (int i = 0; i < compiled.compiled().size(); i++) {
        GeneratedKernel kernel = compiled.program().kernels().get(i);
        DeviceModule module =
            device.load(compiled.compiled().get(i).code(compiled.architecture()), kernel.name());
        loaded.forms.add(module.form());
        loaded.opened.add(module::close);
        loaded.kernels.put(kernel.name(), module.kernel(kernel.name()));
      }
      return loaded;
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /// The forms in which the device took the kernels.
  public Set<KernelCode.Form> forms() {
    return forms;
  }

  /// One set of memory for everything that the program reads and writes.
  public final class Copy {
    private final Map<Value, DeviceBuffer> values = new IdentityHashMap<>();
    private final Map<String, DeviceBuffer> weights = new LinkedHashMap<>();
    private final List<KernelLaunch> launches = new ArrayList<>();

    private Copy(Map<String, Tensor> inputs) {
      for (Value input : graph.inputs()) {
        Tensor tensor = inputs.get(input.name());
        if (tensor == null) {
          throw new IllegalArgumentException("no values for input " + input.name());
        }
        values.put(
            input, uploaded(StoredTensor.store(tensor, input.type().layout()), input.name()));
      }
      program.weights().forEach((name, tensor) -> weights.put(name, uploaded(tensor, name)));
      for (Launch launch : program.launches()) {
        launches.add(launch(launch));
      }
    }

    private KernelLaunch launch(Launch launch) {
      GeneratedKernel kernel = launch.kernel();
      DeviceKernel loaded = kernels.get(kernel.name());
      if (loaded == null) {
        throw new IllegalStateException("kernel " + kernel.name() + " was not loaded");
      }
      List<KernelArgument> arguments = new ArrayList<>();
      for (Argument argument : launch.arguments()) {
        DeviceBuffer buffer =
            switch (argument) {
              case Argument.Activation(Value value) -> buffer(value);
              case Argument.Part(Value value, long _) -> buffer(value);
              case Argument.Weight(String name) -> weights.get(name);
              case Argument.Fault _ -> uploaded(Tensor.zeros(DataType.I32, List.of(1L)), "fault");
              case Argument.Scratch(Value _, long bytes) -> allocate(bytes, "scratch");
              case Argument.Counters(long count) ->
                  uploaded(Tensor.zeros(DataType.I32, List.of(count)), "counters");
            };
        if (buffer == null) {
          throw new IllegalStateException("no memory for " + argument);
        }
        long offset =
            switch (argument) {
              case Argument.Activation(Value value) -> storage(value).byteOffset();
              case Argument.Part(Value value, long from) -> storage(value).byteOffset() + from;
              case Argument.Weight _, Argument.Fault _ -> 0;
              case Argument.Scratch _, Argument.Counters _ -> 0;
            };
        arguments.add(new KernelArgument.Pointer(buffer, offset));
      }
      return new KernelLaunch(
          loaded,
          dimension(kernel.grid()),
          dimension(kernel.block()),
          kernel.sharedBytes(),
          arguments,
          // In chains of programs, which are what is measured, the first launch follows one, too.
          kernel.work().ordering().programmatic());
    }

    private DeviceBuffer buffer(Value value) {
      return values.computeIfAbsent(
          storage(value).root(), v -> allocate(v.type().bytes(), String.valueOf(v)));
    }

    /// All launches of one run, in order.
    public List<KernelLaunch> launches() {
      return List.copyOf(launches);
    }

    /// Waits for the device and reads the outputs, by name, in the graph's order.
    public SequencedMap<String, Tensor> outputs() {
      SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
      for (Graph.Output output : graph.outputs()) {
        Value value = output.value();
        List<Long> shape = value.shape().extents();
        Tensor stored = Tensor.zeros(value.type().elementType(), shape);
        DeviceBuffer buffer = values.get(value);
        if (buffer == null) {
          throw new IllegalStateException("no kernel writes output " + output.name());
        }
        if (stored.size() > 0) {
          device.download(buffer, 0, stored.data());
        }
        outputs.put(output.name(), StoredTensor.load(stored, shape, value.type().layout()));
      }
      return outputs;
    }
  }

  /// Allocates memory and uploads inputs and weights.
  ///
  /// @param inputs by name, in row-major order
  /// @throws DeviceException when there is not enough memory
  public Copy copy(Map<String, Tensor> inputs) {
    return new Copy(inputs);
  }

  /// Slices lie in the value that they are slices of; everything else lies by itself.
  private Aliases.Storage storage(Value value) {
    return value.type().layout().pitch() > 0
        ? aliases.storageOf(value)
        : new Aliases.Storage(value, 0);
  }

  private DeviceBuffer uploaded(Tensor tensor, String label) {
    DeviceBuffer buffer = allocate(tensor.data().byteSize(), label);
    if (tensor.size() > 0) {
      device.upload(buffer, 0, tensor.data());
    }
    return buffer;
  }

  private DeviceBuffer allocate(long bytes, String label) {
    // Devices have no empty buffers; one byte stands for an empty tensor.
    DeviceBuffer buffer = device.allocate(Math.max(1, bytes), label);
    opened.add(buffer::close);
    return buffer;
  }

  private static Dim3 dimension(Extent extent) {
    return new Dim3(extent.x(), extent.y(), extent.z());
  }

  @Override
  public void close() {
    for (AutoCloseable resource : opened.reversed()) {
      try {
        resource.close();
      } catch (DeviceException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("cannot free a device's resource", e);
      }
    }
    opened.clear();
  }
}
