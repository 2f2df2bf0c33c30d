package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.memory.MemoryPlan;
import dev.tuckerc.transform.memory.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Turns a program and a memory plan into a bundle's parts.
final class BundleAssembler {
  /// What every piece of device memory is aligned to.
  private static final long ALIGNMENT = 256;

  private final Program program;
  private final MemoryPlan memory;
  private final SequencedMap<String, WeightPlacement> placements = new LinkedHashMap<>();
  private final SequencedMap<Value, Span> arena = new LinkedHashMap<>();
  private final List<ArenaValue> scratch = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private long weightBytes;

  /// The launches from the first to the last that touch a value.
  private record Span(long offset, long bytes, int first, int last) {}

  private BundleAssembler(Program program, MemoryPlan memory) {
    this.program = program;
    this.memory = memory;
  }

  /// Inputs and outputs of a graph.
  static EntryPoint entryPoint(Graph graph) {
    List<TensorSignature> inputs = new ArrayList<>();
    for (Value input : graph.inputs()) {
      inputs.add(
          new TensorSignature(
              input.name(), HostTensors.type(input.type().elementType()), input.shape().extents()));
    }
    List<TensorSignature> outputs = new ArrayList<>();
    for (Graph.Output output : graph.outputs()) {
      outputs.add(
          new TensorSignature(
              output.name(),
              HostTensors.type(output.value().type().elementType()),
              output.value().shape().extents()));
    }
    return new EntryPoint(graph.name(), inputs, outputs);
  }

  /// A bundle of a program.
  ///
  /// @param text the graph's text form and the constants it refers to
  /// @param compiled what the kernel compiler made of each kernel, in the program's order
  static Bundle assemble(
      Manifest manifest,
      GraphText text,
      Program program,
      MemoryPlan memory,
      List<CompiledKernel> compiled) {
    BundleAssembler assembler = new BundleAssembler(program, memory);
    assembler.placeWeights();
    List<PlannedLaunch> launches = assembler.launches();
    Plan plan =
        new Plan(
            memory.arenaBytes(),
            assembler.arenaValues(),
            assembler.weightBytes,
            List.copyOf(assembler.placements.values()),
            launches,
            assembler.faults);
    Map<String, HostTensor> weights = new LinkedHashMap<>();
    text.constants().forEach((name, tensor) -> weights.put(name, HostTensors.toHost(tensor)));
    program
        .weights()
        .forEach((name, tensor) -> weights.put(name(name), HostTensors.toHost(tensor)));
    return new Bundle(
        manifest,
        text.text(),
        plan,
        assembler.kernels(compiled, manifest.target()),
        weights,
        Map.of());
  }

  /// Kernels read their weights in a form of their own, so these are kept apart from the graph's.
  private static String name(String weight) {
    return "kernel:" + weight;
  }

  private void placeWeights() {
    for (Map.Entry<String, Tensor> weight : program.weights().entrySet()) {
      placements.put(weight.getKey(), new WeightPlacement(name(weight.getKey()), weightBytes));
      weightBytes += aligned(bytes(weight.getValue()));
    }
  }

  private List<PlannedLaunch> launches() {
    List<PlannedLaunch> launches = new ArrayList<>();
    for (int i = 0; i < program.launches().size(); i++) {
      Launch launch = program.launches().get(i);
      List<BufferReference> arguments = new ArrayList<>();
      for (Argument argument : launch.arguments()) {
        arguments.add(reference(argument, i, launch));
      }
      GeneratedKernel kernel = launch.kernel();
      launches.add(
          new PlannedLaunch(
              kernel.name(),
              extent(kernel.grid()),
              extent(kernel.block()),
              kernel.sharedBytes(),
              arguments,
              launch.programmatic()));
    }
    return launches;
  }

  private static Dim3 extent(Extent extent) {
    return new Dim3(extent.x(), extent.y(), extent.z());
  }

  private BufferReference reference(Argument argument, int launch, Launch source) {
    return switch (argument) {
      case Argument.Weight(String name) -> {
        WeightPlacement placement = placements.get(name);
        Tensor tensor = program.weights().get(name);
        if (placement == null || tensor == null) {
          throw new IllegalStateException(source.location() + " reads the unknown weight " + name);
        }
        yield BufferReference.weights(placement.offset(), bytes(tensor));
      }
      case Argument.Fault(String meaning) -> {
        faults.add(meaning);
        yield BufferReference.fault(faults.size() - 1);
      }
      case Argument.Scratch(Value of, long bytes) -> {
        Placement.Arena place = memory.scratch().get(of);
        if (place == null) {
          throw new IllegalStateException(source.location() + " has no place for its scratch");
        }
        scratch.add(new ArenaValue(of.name() + ".scratch", place.offset(), bytes, launch, launch));
        yield BufferReference.arena(place.offset(), bytes);
      }
      case Argument.Counters(long count) -> BufferReference.counters(count);
      case Argument.Activation(Value value) -> reference(value, 0, launch, source);
      case Argument.Part(Value value, long offset) -> reference(value, offset, launch, source);
    };
  }

  /// What follows in a value from an offset on.
  private BufferReference reference(Value value, long from, int launch, Launch source) {
    MemoryPlan.Address address = memory.address(value);
    long start = address.byteOffset() + from;
    long bytes = value.type().span() - from;
    return switch (address.buffer()) {
      case Placement.Input(int index) ->
          new BufferReference(BufferReference.Space.INPUT, index, start, bytes);
      case Placement.Output(int index) ->
          new BufferReference(BufferReference.Space.OUTPUT, index, start, bytes);
      case Placement.Arena(long offset, long size) -> {
        arena.merge(
            address.owner(),
            new Span(offset, size, launch, launch),
            (a, b) -> new Span(a.offset(), a.bytes(), a.first(), b.last()));
        yield BufferReference.arena(start, bytes);
      }
      case Placement.Constant _, Placement.Alias _ ->
          throw new IllegalStateException(
              source.location() + " reads " + value + " as if it were computed at run time");
    };
  }

  private List<ArenaValue> arenaValues() {
    List<ArenaValue> values = new ArrayList<>(scratch);
    arena.forEach((value, span) -> {
      if (span.bytes() > 0) {
        values.add(
            new ArenaValue(value.name(), span.offset(), span.bytes(), span.first(), span.last()));
      }
    });
    return values;
  }

  private List<KernelRecord> kernels(List<CompiledKernel> compiled, String target) {
    List<KernelRecord> records = new ArrayList<>();
    for (int i = 0; i < program.kernels().size(); i++) {
      GeneratedKernel kernel = program.kernels().get(i);
      CompiledKernel code = compiled.get(i);
      CompiledKernel.Resources resources = code.resources().get(kernel.name());
      if (resources == null) {
        throw new IllegalStateException("the compiler reports no resources of " + kernel.name());
      }
      List<Location> locations =
          program.launches().stream()
              .filter(launch -> launch.kernel().name().equals(kernel.name()))
              .map(Launch::location)
              .toList();
      records.add(
          new KernelRecord(
              kernel.name(),
              kernel.name(),
              kernel.source(),
              code.code(target),
              resources,
              DecisionJson.of(kernel.decision(), locations)));
    }
    return records;
  }

  private static long bytes(Tensor tensor) {
    return (long) tensor.size() * tensor.type().bytes();
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }
}
