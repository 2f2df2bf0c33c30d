package dev.tuckerc.bundle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Checks what the parts of a bundle say of each other: every reference inside its memory and
/// aligned as its kernel accesses it, every kernel there and called as its PTX wants, no two live
/// values on the same bytes.
public final class BundleValidator {
  private final Bundle bundle;
  private final Plan plan;
  private final String root;
  private final KernelInterfaces interfaces;

  private BundleValidator(Bundle bundle, String root, KernelInterfaces interfaces) {
    this.bundle = bundle;
    this.plan = bundle.plan();
    this.root = root;
    this.interfaces = interfaces;
  }

  /// @param root what stands before a file's path in messages, such as `m.bundle/`
  /// @throws BundleException for the first contradiction
  public static void validate(Bundle bundle, String root) {
    validate(bundle, root, new KernelInterfaces());
  }

  /// As [#validate(Bundle, String)].
  ///
  /// @param interfaces asked, and told, what kernels ask of a launch
  public static void validate(Bundle bundle, String root, KernelInterfaces interfaces) {
    BundleValidator validator = new BundleValidator(bundle, root, interfaces);
    validator.checkKernels();
    validator.checkWeights();
    validator.checkArena();
    validator.checkOutputsAreWritten();
  }

  private void checkKernels() {
    Map<String, KernelRecord> kernels = new HashMap<>();
    Set<String> folders = new HashSet<>();
    for (KernelRecord kernel : bundle.kernels()) {
      kernels.put(kernel.name(), kernel);
      // Some file systems do not tell upper from lower case.
      if (!folders.add(kernel.name().toLowerCase(Locale.ROOT))) {
        throw damaged("two kernels are named " + kernel.name());
      }
      SourceRules.forbiddenDirective(kernel.source())
          .ifPresent(directive -> {
            throw new BundleException(
                root + BundlePaths.kernel(kernel.name(), BundlePaths.KERNEL_SOURCE),
                "has the directive " + directive,
                "a kernel's source is one file and reads no other: take it out");
          });
    }
    Map<String, KernelInterface> launched = interfaces(kernels);
    for (int i = 0; i < plan.launches().size(); i++) {
      PlannedLaunch launch = plan.launches().get(i);
      KernelInterface kernel = launched.get(launch.kernel());
      if (kernel == null) {
        throw damaged(at(i) + " runs a kernel that the bundle lacks");
      }
      int expected = kernel.alignments().size();
      if (expected != launch.arguments().size()) {
        throw damaged(
            at(i) + " passes " + launch.arguments().size() + " pointers, not " + expected);
      }
      if (launch.programmatic() && !kernel.waits()) {
        throw damaged(at(i) + " begins before its predecessor has ended and never waits for it");
      }
      for (int a = 0; a < expected; a++) {
        checkBounds(i, launch.arguments().get(a));
        checkAlignment(i, a, launch.arguments().get(a), kernel.alignments().get(a));
      }
    }
  }

  /// What each kernel that is launched asks for. Parsing takes time, so it is done in parallel.
  private Map<String, KernelInterface> interfaces(Map<String, KernelRecord> kernels) {
    return plan.launches().stream()
        .map(PlannedLaunch::kernel)
        .distinct()
        .filter(kernels::containsKey)
        .toList()
        .parallelStream()
        .collect(
            Collectors.toConcurrentMap(
                name -> name,
                name ->
                    interfaces.of(
                        root + BundlePaths.kernel(name, BundlePaths.KERNEL_PTX),
                        Objects.requireNonNull(kernels.get(name)))));
  }

  /// Every piece of device memory starts at a multiple of 256 bytes, so offsets tell.
  private void checkAlignment(int launch, int argument, BufferReference reference, int alignment) {
    if (reference.bytes() > 0 && reference.offset() % alignment != 0) {
      throw damaged(
          at(launch)
              + " passes byte "
              + reference.offset()
              + " of "
              + reference.space()
              + " as argument "
              + argument
              + ", which the kernel accesses in pieces of "
              + alignment
              + " bytes");
    }
  }

  private void checkBounds(int launch, BufferReference reference) {
    EntryPoint entry = bundle.manifest().entryPoint();
    long size =
        switch (reference.space()) {
          case INPUT -> sizeOf(launch, "input", entry.inputs(), reference);
          case OUTPUT -> sizeOf(launch, "output", entry.outputs(), reference);
          case ARENA -> plan.arenaBytes();
          case WEIGHTS -> plan.weightBytes();
          case COUNTERS -> BufferReference.MOST_COUNTER_BYTES;
          case FAULT -> reference.index() < plan.faults().size() ? BufferReference.FAULT_BYTES : 0;
        };
    if (reference.end() > size) {
      throw damaged(
          at(launch)
              + " refers to bytes "
              + reference.offset()
              + " to "
              + reference.end()
              + " of "
              + reference.space()
              + ", which has "
              + size);
    }
  }

  private long sizeOf(
      int launch, String what, List<TensorSignature> signatures, BufferReference reference) {
    if (reference.index() >= signatures.size()) {
      throw damaged(
          at(launch) + " refers to " + what + " " + reference.index() + " of " + signatures.size());
    }
    return signatures.get(reference.index()).bytes();
  }

  /// Every reference to the weights lies in one tensor, and tensors do not overlap.
  private void checkWeights() {
    TreeMap<Long, Long> ends = new TreeMap<>();
    for (WeightPlacement placement : plan.weights()) {
      HostTensor tensor = bundle.weights().get(placement.tensor());
      if (tensor == null) {
        throw damaged("weight " + placement.tensor() + " is not in " + BundlePaths.WEIGHTS);
      }
      long bytes = tensor.data().byteSize();
      if (placement.offset() > plan.weightBytes() - bytes) {
        throw damaged("weight " + placement.tensor() + " lies outside the weights' memory");
      }
      if (bytes > 0 && !insert(ends, placement.offset(), placement.offset() + bytes)) {
        throw damaged("weight " + placement.tensor() + " overlaps another");
      }
    }
    for (int i = 0; i < plan.launches().size(); i++) {
      for (BufferReference reference : plan.launches().get(i).arguments()) {
        if (reference.space() == BufferReference.Space.WEIGHTS && !inside(ends, reference)) {
          throw damaged(at(i) + " refers to weights outside any one tensor: " + reference);
        }
      }
    }
  }

  /// Walks over the launches with the values live at each.
  private void checkArena() {
    int count = plan.launches().size();
    Map<Integer, List<ArenaValue>> starting = new HashMap<>();
    Map<Integer, List<ArenaValue>> ending = new HashMap<>();
    for (ArenaValue value : plan.arena()) {
      if (value.end() > plan.arenaBytes() || value.lastLaunch() >= count) {
        throw damaged("arena value " + value.name() + " lies outside the arena or the launches");
      }
      starting.computeIfAbsent(value.firstLaunch(), _ -> new ArrayList<>()).add(value);
      ending.computeIfAbsent(value.lastLaunch(), _ -> new ArrayList<>()).add(value);
    }
    TreeMap<Long, Long> live = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      for (ArenaValue value : starting.getOrDefault(i, List.of())) {
        if (!insert(live, value.offset(), value.end())) {
          throw damaged("arena value " + value.name() + " overlaps another live at launch " + i);
        }
      }
      for (BufferReference reference : plan.launches().get(i).arguments()) {
        if (reference.space() == BufferReference.Space.ARENA && !inside(live, reference)) {
          throw damaged(at(i) + " refers to the arena outside any one live value: " + reference);
        }
      }
      for (ArenaValue value : ending.getOrDefault(i, List.of())) {
        live.remove(value.offset());
      }
    }
  }

  /// Adds an interval unless it overlaps one that is there. (Intervals are never empty.)
  private static boolean insert(TreeMap<Long, Long> ends, long begin, long end) {
    var below = ends.floorEntry(begin);
    var above = ends.ceilingEntry(begin);
    if ((below != null && below.getValue() > begin) || (above != null && above.getKey() < end)) {
      return false;
    }
    ends.put(begin, end);
    return true;
  }

  private static boolean inside(TreeMap<Long, Long> ends, BufferReference reference) {
    var below = ends.floorEntry(reference.offset());
    return reference.bytes() == 0 || (below != null && reference.end() <= below.getValue());
  }

  private void checkOutputsAreWritten() {
    Set<Integer> written = new HashSet<>();
    for (PlannedLaunch launch : plan.launches()) {
      for (BufferReference reference : launch.arguments()) {
        if (reference.space() == BufferReference.Space.OUTPUT) {
          written.add(reference.index());
        }
      }
    }
    List<TensorSignature> outputs = bundle.manifest().entryPoint().outputs();
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).bytes() > 0 && !written.contains(i)) {
        throw damaged("no launch writes output " + outputs.get(i).name());
      }
    }
  }

  private String at(int launch) {
    return "launch " + launch + " (" + plan.launches().get(launch).kernel() + ")";
  }

  private BundleException damaged(String problem) {
    return BundleException.damaged(root + BundlePaths.PLAN, problem);
  }
}
