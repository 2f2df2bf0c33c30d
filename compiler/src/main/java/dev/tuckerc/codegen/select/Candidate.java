package dev.tuckerc.codegen.select;

import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;

/// One way to run a node as one kernel.
///
/// @param instance the kernel's text
/// @param sharedBytes dynamic shared memory of a block, in bytes (static is not counted here)
/// @param arguments in the order of the kernel's parameters, the output last
/// @param packed weights in a form made for this candidate, by name; computed only when it is
///   chosen
/// @param work for the performance model; how the kernel starts is taken from its text
public record Candidate(
    TemplateInstance instance,
    Extent grid,
    Extent block,
    int sharedBytes,
    List<Argument> arguments,
    Map<String, Supplier<Tensor>> packed,
    KernelWork work) {
  static final String PROGRAMMATIC = "PROGRAMMATIC";

  public Candidate {
    arguments = List.copyOf(arguments);
    packed = Map.copyOf(packed);
    work =
        work.ordered(
            new KernelWork.Ordering(programmatic(instance), work.ordering().clusterBlocks()));
  }

  /// Whether the kernel waits for its predecessor by itself, and so may be launched before that one
  /// has ended.
  public boolean programmatic() {
    return programmatic(instance);
  }

  private static boolean programmatic(TemplateInstance instance) {
    return instance.constants().getOrDefault(PROGRAMMATIC, 0L) != 0;
  }

  /// The tuning parameters of the template, without the shape of the layer.
  public SequencedMap<String, Long> tuning() {
    SequencedMap<String, Long> tuning = new LinkedHashMap<>();
    for (String name : instance.template().parameters().keySet()) {
      Long value = instance.constants().get(name);
      if (value != null) {
        tuning.put(name, value);
      }
    }
    return tuning;
  }
}
