package dev.tuckerc.codegen.select;

import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What a lowering may ask while it makes candidates for one node.
///
/// @param node the node to lower
/// @param model predicts times on the device that the kernel will run on, in the network that it
///   belongs to
/// @param constants values known at compile time, with their names in [Program#weights]
/// @param library where templates come from
/// @param decided what was decided for the node before: no other candidate is wanted
public record LoweringContext(
    Node node,
    PerformanceModel model,
    Map<Value, KnownConstant> constants,
    TemplateLibrary library,
    Optional<Decision> decided) {

  /// A context in which every candidate is wanted.
  public LoweringContext(
      Node node,
      PerformanceModel model,
      Map<Value, KnownConstant> constants,
      TemplateLibrary library) {
    this(node, model, constants, library, Optional.empty());
  }

  /// The same context when only the candidate of this decision is wanted.
  LoweringContext only(Decision decision) {
    return new LoweringContext(node, model, constants, library, Optional.of(decision));
  }

  /// A value known at compile time.
  ///
  /// @param name unique in the graph
  public record KnownConstant(String name, Tensor tensor) {}

  /// What the kernel will run on.
  public DeviceDescription device() {
    return model.device();
  }

  /// The argument through which a kernel reads an operand.
  public Argument argument(Value operand) {
    KnownConstant constant = constants.get(operand);
    return constant == null
        ? new Argument.Activation(operand)
        : new Argument.Weight(constant.name());
  }

  /// The argument through which the kernel writes its result.
  public Argument result() {
    return new Argument.Activation(node.result());
  }

  /// The constant behind an operand, if it is one; its data is row-major in the logical shape.
  public Optional<KnownConstant> constant(Value operand) {
    return Optional.ofNullable(constants.get(operand));
  }

  /// Distinct bytes of a kernel that reads these operands and writes the node's result.
  public KernelWork.Distinct distinct(List<Value> operands) {
    double weights = 0;
    double read = 0;
    for (Value operand : operands) {
      if (constants.containsKey(operand)) {
        weights += operand.type().bytes();
      } else {
        read += operand.type().bytes();
      }
    }
    return new KernelWork.Distinct(weights, read, node.result().type().bytes());
  }

  /// Whether kernels wait by themselves (`griddepcontrol.wait`) before they touch anything that a
  /// kernel writes, so that they may be launched before their predecessor has ended. All are
  /// written so where the device can launch them early; one that is launched in plain order has
  /// nothing to wait for.
  public boolean programmatic() {
    return device().programmaticLaunch();
  }

  /// As [KernelTemplate#candidates(Map)], for this device: adds the shape parameter `PROGRAMMATIC`.
  /// Where it is [#decided] which one is wanted, that one or none.
  public List<SequencedMap<String, Long>> candidates(
      KernelTemplate template, Map<String, Long> shape) {
    Map<String, Long> all = new HashMap<>(shape);
    all.put(Candidate.PROGRAMMATIC, programmatic() ? 1L : 0L);
    if (decided.isEmpty()) {
      return template.candidates(all);
    }
    return decided.get().template().equals(template.name())
        ? template.candidates(all, decided.get().parameters())
        : List.of();
  }

  /// A template by name.
  public KernelTemplate template(String name) {
    return library.template(name);
  }

  /// An exception about this node.
  public CodegenException refused(String reason) {
    return new CodegenException(
        node.op().name()
            + " "
            + node.results().getFirst()
            + " ["
            + node.location()
            + "]: "
            + reason);
  }
}
