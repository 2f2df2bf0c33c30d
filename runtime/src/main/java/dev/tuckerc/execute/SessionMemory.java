package dev.tuckerc.execute;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelArgument;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The device memory of a session: inputs, outputs, arena and weights, and how a plan's references
/// become pointers into it.
final class SessionMemory implements AutoCloseable {
  private final Device device;
  private final List<DeviceBuffer> all = new ArrayList<>();
  private final List<DeviceBuffer> inputs = new ArrayList<>();
  private final List<DeviceBuffer> outputs = new ArrayList<>();
  private final List<Piece> arena = new ArrayList<>();
  private final List<Piece> weights = new ArrayList<>();
  private final List<String> faults;
  private final Optional<DeviceBuffer> flags;
  private final Optional<DeviceBuffer> counters;

  /// A buffer that stands for a range of the arena or the weights during some launches.
  private record Piece(
      long offset, long end, int firstLaunch, int lastLaunch, DeviceBuffer buffer) {

    boolean holds(BufferReference reference, int launch) {
      return firstLaunch <= launch
          && launch <= lastLaunch
          && offset <= reference.offset()
          && reference.end() <= end;
    }
  }

  SessionMemory(Device device, Bundle bundle, boolean isolate) {
    this.device = device;
    this.faults = bundle.plan().faults();
    try {
      flags =
          faults.isEmpty()
              ? Optional.empty()
              : Optional.of(allocate(faults.size() * BufferReference.FAULT_BYTES, "faults"));
      clearFaults();
      counters = counters(bundle.plan().counterBytes());
      for (TensorSignature input : bundle.manifest().entryPoint().inputs()) {
        inputs.add(allocate(input.bytes(), "input " + input.name()));
      }
      for (TensorSignature output : bundle.manifest().entryPoint().outputs()) {
        outputs.add(allocate(output.bytes(), "output " + output.name()));
      }
      if (isolate) {
        isolate(bundle);
      } else {
        share(bundle);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Zero once and for all: every launch leaves them so.
  private Optional<DeviceBuffer> counters(long bytes) {
    if (bytes == 0) {
      return Optional.empty();
    }
    DeviceBuffer buffer = allocate(bytes, "counters");
    upload(buffer, 0, HostTensor.zeros(ElementType.I8, List.of(bytes)));
    return Optional.of(buffer);
  }

  private void share(Bundle bundle) {
    Plan plan = bundle.plan();
    arena.add(always(plan.arenaBytes(), allocate(plan.arenaBytes(), "arena")));
    DeviceBuffer constants = allocate(plan.weightBytes(), "weights");
    weights.add(always(plan.weightBytes(), constants));
    for (WeightPlacement placement : plan.weights()) {
      upload(constants, placement.offset(), tensor(bundle, placement));
    }
  }

  private static Piece always(long bytes, DeviceBuffer buffer) {
    return new Piece(0, bytes, 0, Integer.MAX_VALUE, buffer);
  }

  private void isolate(Bundle bundle) {
    for (ArenaValue value : bundle.plan().arena()) {
      arena.add(
          new Piece(
              value.offset(),
              value.end(),
              value.firstLaunch(),
              value.lastLaunch(),
              allocate(value.bytes(), "value " + value.name())));
    }
    for (WeightPlacement placement : bundle.plan().weights()) {
      HostTensor tensor = tensor(bundle, placement);
      long bytes = tensor.data().byteSize();
      DeviceBuffer buffer = allocate(bytes, "weight " + placement.tensor());
      upload(buffer, 0, tensor);
      weights.add(
          new Piece(placement.offset(), placement.offset() + bytes, 0, Integer.MAX_VALUE, buffer));
    }
  }

  private static HostTensor tensor(Bundle bundle, WeightPlacement placement) {
    HostTensor tensor = bundle.weights().get(placement.tensor());
    if (tensor == null) {
      throw new SessionException("the bundle lacks weight " + placement.tensor());
    }
    return tensor;
  }

  private DeviceBuffer allocate(long bytes, String label) {
    // Devices have no empty buffers; one byte stands for an empty tensor.
    DeviceBuffer buffer = device.allocate(Math.max(1, bytes), label);
    all.add(buffer);
    return buffer;
  }

  private void upload(DeviceBuffer buffer, long offset, HostTensor tensor) {
    if (tensor.data().byteSize() > 0) {
      device.upload(buffer, offset, tensor.data());
    }
  }

  /// What earlier runs left is no longer needed.
  void discardResults() {
    outputs.forEach(device::discard);
    arena.forEach(piece -> device.discard(piece.buffer));
  }

  /// Submits a copy of an input to the device.
  void uploadInput(int index, HostTensor tensor) {
    upload(inputs.get(index), 0, tensor);
  }

  /// Waits for the device and reads an output.
  HostTensor downloadOutput(int index, TensorSignature signature) {
    HostTensor tensor = HostTensor.zeros(signature.type(), signature.shape());
    if (tensor.data().byteSize() > 0) {
      device.download(outputs.get(index), 0, tensor.data());
    }
    return tensor;
  }

  private void clearFaults() {
    flags.ifPresent(buffer -> upload(buffer, 0, flags()));
  }

  private HostTensor flags() {
    return HostTensor.zeros(ElementType.I32, List.of((long) faults.size()));
  }

  /// Waits for the device; what the flags say that the last run has set. They are zero again after
  /// that.
  List<String> faults() {
    if (flags.isEmpty()) {
      return List.of();
    }
    HostTensor values = flags();
    device.download(flags.get(), 0, values.data());
    List<String> set =
        IntStream.range(0, faults.size())
            .filter(i -> values.data().getAtIndex(ValueLayout.JAVA_INT, i) != 0)
            .mapToObj(faults::get)
            .toList();
    if (!set.isEmpty()) {
      clearFaults();
    }
    return set;
  }

  /// The pointer that a launch gets for a reference.
  KernelArgument pointer(BufferReference reference, int launch) {
    return switch (reference.space()) {
      case INPUT -> new KernelArgument.Pointer(inputs.get(reference.index()), reference.offset());
      case OUTPUT -> new KernelArgument.Pointer(outputs.get(reference.index()), reference.offset());
      case ARENA -> inPiece(arena, reference, launch);
      case WEIGHTS -> inPiece(weights, reference, launch);
      case COUNTERS -> new KernelArgument.Pointer(counters.orElseThrow(), reference.offset());
      case FAULT ->
          new KernelArgument.Pointer(
              flags.orElseThrow(), reference.index() * BufferReference.FAULT_BYTES);
    };
  }

  private KernelArgument inPiece(List<Piece> pieces, BufferReference reference, int launch) {
    for (Piece piece : pieces) {
      if (piece.holds(reference, launch)) {
        return new KernelArgument.Pointer(piece.buffer, reference.offset() - piece.offset);
      }
    }
    if (reference.bytes() == 0) {
      // An empty tensor lies nowhere; its kernel touches nothing.
      return new KernelArgument.Pointer(allocate(0, "empty tensor"), 0);
    }
    throw new SessionException("launch " + launch + " refers to no known value: " + reference);
  }

  @Override
  public void close() {
    all.reversed().forEach(DeviceBuffer::close);
    all.clear();
  }
}
