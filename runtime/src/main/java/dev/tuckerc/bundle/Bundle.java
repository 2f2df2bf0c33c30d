package dev.tuckerc.bundle;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A compiled model: everything a device needs to run it, and everything a reader needs to
/// understand it.
///
/// @param manifest origin and signature
/// @param graph text of the transformed tensor graph
/// @param plan launches and memory
/// @param kernels sorted by name
/// @param weights constants by name, sorted
/// @param trace text of the graph after each pass, by file name, sorted; often empty
/// @param editedKernels names of the kernels whose source on disk is no longer the one compiled:
///   their PTX is stale
public record Bundle(
    Manifest manifest,
    String graph,
    Plan plan,
    List<KernelRecord> kernels,
    Map<String, HostTensor> weights,
    Map<String, String> trace,
    Set<String> editedKernels) {
  public Bundle {
    kernels = kernels.stream().sorted(Comparator.comparing(KernelRecord::name)).toList();
    weights = Collections.unmodifiableMap(new TreeMap<>(weights));
    trace = Collections.unmodifiableMap(new TreeMap<>(trace));
    editedKernels = Collections.unmodifiableSet(new TreeSet<>(editedKernels));
  }

  /// A bundle as the compiler makes it.
  public Bundle(
      Manifest manifest,
      String graph,
      Plan plan,
      List<KernelRecord> kernels,
      Map<String, HostTensor> weights,
      Map<String, String> trace) {
    this(manifest, graph, plan, kernels, weights, trace, Set.of());
  }

  /// This bundle with kernels compiled again, none of them stale.
  ///
  /// @param target architecture they were compiled for
  /// @throws BundleException when a kernel no longer takes the arguments that the plan passes
  public Bundle withKernels(String target, List<KernelRecord> compiled) {
    Manifest changed =
        new Manifest(
            manifest.producer(),
            target,
            manifest.sourceName(),
            manifest.sourceHash(),
            manifest.command(),
            manifest.entryPoint());
    Bundle bundle = new Bundle(changed, graph, plan, compiled, weights, trace);
    BundleValidator.validate(bundle, "");
    return bundle;
  }
}
