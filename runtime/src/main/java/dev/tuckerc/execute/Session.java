package dev.tuckerc.execute;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// A bundle made ready on a device: kernels loaded, memory allocated, weights uploaded, launches
/// recorded. After that a run costs the copies and one replay.
///
/// Used by one thread at a time, like its device; it does not close the device.
public final class Session implements AutoCloseable {
  private final Device device;
  private final Bundle bundle;
  private final List<DeviceModule> modules = new ArrayList<>();
  private final SequencedMap<String, KernelCode.Form> forms = new LinkedHashMap<>();
  private final SessionMemory memory;
  private final List<KernelLaunch> launches;
  private final LaunchSequence sequence;

  private Session(Bundle bundle, Device device, SessionOptions options) {
    this.device = device;
    this.bundle = KernelPreparation.prepare(bundle, device.info(), options.compiler());
    try {
      Map<String, DeviceKernel> kernels = load();
      this.memory = new SessionMemory(device, this.bundle, options.isolateBuffers());
      try {
        this.launches = launches(kernels, options.programmatic());
        this.sequence = device.record(launches);
      } catch (RuntimeException e) {
        memory.close();
        throw e;
      }
    } catch (RuntimeException e) {
      closeModules();
      throw e;
    }
  }

  /// Makes a bundle ready.
  ///
  /// @throws SessionException when the bundle cannot run on this device as it is
  /// @throws DeviceException when the device refuses a kernel or has no memory left
  public static Session open(Bundle bundle, Device device, SessionOptions options) {
    return new Session(bundle, device, options);
  }

  private Map<String, DeviceKernel> load() {
    Map<String, KernelRecord> records =
        bundle.kernels().stream().collect(Collectors.toMap(KernelRecord::name, r -> r));
    Map<String, DeviceKernel> kernels = new LinkedHashMap<>();
    for (PlannedLaunch launch : bundle.plan().launches()) {
      if (!kernels.containsKey(launch.kernel())) {
        KernelRecord kernel = records.get(launch.kernel());
        if (kernel == null) {
          throw new SessionException("the bundle lacks kernel " + launch.kernel());
        }
        DeviceModule module = device.load(kernel.code(), kernel.name());
        modules.add(module);
        forms.put(kernel.name(), module.form());
        kernels.put(kernel.name(), module.kernel(kernel.entryPoint()));
      }
    }
    return kernels;
  }

  private List<KernelLaunch> launches(Map<String, DeviceKernel> kernels, boolean programmatic) {
    List<KernelLaunch> made = new ArrayList<>();
    for (int i = 0; i < bundle.plan().launches().size(); i++) {
      PlannedLaunch planned = bundle.plan().launches().get(i);
      int index = i;
      List<KernelArgument> arguments =
          planned.arguments().stream().map(r -> memory.pointer(r, index)).toList();
      DeviceKernel kernel = kernels.get(planned.kernel());
      if (kernel == null) {
        throw new SessionException("the bundle lacks kernel " + planned.kernel());
      }
      made.add(
          new KernelLaunch(
              kernel,
              planned.grid(),
              planned.block(),
              planned.sharedBytes(),
              arguments,
              planned.programmatic() && programmatic));
    }
    return List.copyOf(made);
  }

  /// The bundle as it runs: with the PTX of this session, when kernels were compiled again.
  public Bundle bundle() {
    return bundle;
  }

  /// The form in which the device took each kernel, by the name of its [KernelRecord], in order of
  /// first launch.
  public SequencedMap<String, KernelCode.Form> forms() {
    return Collections.unmodifiableSequencedMap(forms);
  }

  /// Runs once.
  ///
  /// @param inputs by name; exactly those of the entry point
  /// @return outputs by name, in the entry point's order
  /// @throws SessionException for inputs that do not fit, all of them named at once, or that ask
  ///   for what does not exist, such as an index outside its axis
  /// @throws DeviceException when a kernel fails
  public Map<String, HostTensor> run(Map<String, HostTensor> inputs) {
    checkInputs(inputs);
    memory.discardResults();
    EntryPoint entry = bundle.manifest().entryPoint();
    for (int i = 0; i < entry.inputs().size(); i++) {
      HostTensor tensor = inputs.get(entry.inputs().get(i).name());
      if (tensor != null) {
        memory.uploadInput(i, tensor);
      }
    }
    sequence.replay();
    Map<String, HostTensor> outputs = new LinkedHashMap<>();
    for (int i = 0; i < entry.outputs().size(); i++) {
      TensorSignature signature = entry.outputs().get(i);
      outputs.put(signature.name(), memory.downloadOutput(i, signature));
    }
    device.synchronize();
    List<String> faults = memory.faults();
    if (!faults.isEmpty()) {
      throw new SessionException(
          String.join("; ", faults) + ": correct the input; the outputs mean nothing");
    }
    return Collections.unmodifiableMap(outputs);
  }

  /// Runs once more on the inputs that are on the device, without any copy; for measuring.
  ///
  /// @return device time in nanoseconds
  public long replay() {
    sequence.replay();
    return sequence.lastReplayNanos();
  }

  /// The launches of a run as a sequence; the caller closes it before the session. For measuring.
  ///
  /// @param graph whether they are recorded once, as [#run] does, or submitted one by one
  public LaunchSequence sequence(boolean graph) {
    return graph ? device.record(launches) : device.queue(launches);
  }

  /// Device time of the last run, in nanoseconds, copies not counted.
  public long lastRunNanos() {
    return sequence.lastReplayNanos();
  }

  /// Device time of one launch.
  ///
  /// @param kernel name of its [KernelRecord]
  /// @param nanos time, the launch's own cost included
  public record LaunchTime(String kernel, long nanos) {}

  /// Runs the launches one by one, in order, on the inputs that are on the device. The sum is more
  /// than a whole run takes: here no launch overlaps with the next one's start.
  public List<LaunchTime> profile() {
    List<LaunchTime> times = new ArrayList<>();
    for (int i = 0; i < launches.size(); i++) {
      try (LaunchSequence one = device.record(List.of(launches.get(i)))) {
        one.replay();
        times.add(new LaunchTime(bundle.plan().launches().get(i).kernel(), one.lastReplayNanos()));
      }
    }
    return List.copyOf(times);
  }

  private void checkInputs(Map<String, HostTensor> inputs) {
    List<TensorSignature> signatures = bundle.manifest().entryPoint().inputs();
    List<String> problems = new ArrayList<>();
    for (TensorSignature signature : signatures) {
      HostTensor tensor = inputs.get(signature.name());
      if (tensor == null) {
        problems.add("input " + signature.name() + " " + signature.describe() + " is missing");
      } else if (tensor.type() != signature.type() || !tensor.shape().equals(signature.shape())) {
        problems.add(
            "input "
                + signature.name()
                + " must be "
                + signature.describe()
                + ", not "
                + tensor.describe());
      }
    }
    for (String name : inputs.keySet().stream().sorted().toList()) {
      if (signatures.stream().noneMatch(s -> s.name().equals(name))) {
        problems.add(
            "there is no input "
                + name
                + "; the model takes "
                + signatures.stream().map(TensorSignature::name).toList());
      }
    }
    if (!problems.isEmpty()) {
      throw new SessionException(String.join("; ", problems));
    }
  }

  private void closeModules() {
    modules.reversed().forEach(DeviceModule::close);
    modules.clear();
  }

  @Override
  public void close() {
    sequence.close();
    memory.close();
    closeModules();
  }
}
