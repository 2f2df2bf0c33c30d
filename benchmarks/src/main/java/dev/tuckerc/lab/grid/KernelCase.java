package dev.tuckerc.lab.grid;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// A named piece of work: one operation on random values that depend on the name alone.
///
/// @param name `TEMPLATE/PRECISION/DETAILS`, or `SET/PRECISION/LAYER`
/// @param template of its kernel, whichever of its candidates is taken: the name, or several
///   separated by `|`
/// @param work multiply-adds, or elements where there is no product: what a case costs, roughly
/// @param quick whether it belongs to the small subset that tests run
/// @param tolerance how far a result may be from the reference
/// @param recipe builds the graph
public record KernelCase(
    String name,
    String template,
    long work,
    boolean quick,
    Comparison.Tolerance tolerance,
    Recipe recipe) {

  /// Results must have the same bits.
  public static final Comparison.Tolerance EXACT = new Comparison.Tolerance(0, 0);

  /// For f32: sums of some ten thousand products differ by 1e-5 of the range between two orders of
  /// summation.
  public static final Comparison.Tolerance F32 = new Comparison.Tolerance(2e-5, 2e-5);

  /// For f16: a result has 11 bits, and so has each function of an epilogue.
  public static final Comparison.Tolerance F16 = new Comparison.Tolerance(2e-3, 2e-3);

  /// For chains of f16 kernels: values in between are rounded, too.
  public static final Comparison.Tolerance F16_CHAIN = new Comparison.Tolerance(5e-3, 5e-3);

  /// Builds the graph of a case; what it returns is the output, and the value whose kernel is
  /// varied.
  @FunctionalInterface
  public interface Recipe {
    Value make(CaseBuilder builder);
  }

  /// The case as a graph with values.
  ///
  /// @param varied result of the node whose candidates may be varied
  /// @param inputs by name
  public record Instance(Graph graph, Value varied, Map<String, Tensor> inputs) {}

  /// The same instance every time.
  public Instance build() {
    CaseBuilder builder = new CaseBuilder(name.hashCode());
    Value made = recipe.make(builder);
    return new Instance(builder.graph(made), made, builder.feeds());
  }

  /// The same case as a member of the quick subset.
  KernelCase inQuickSet() {
    return new KernelCase(name, template, work, true, tolerance, recipe);
  }

  /// The usual tolerance of results of a type.
  static Comparison.Tolerance tolerance(DataType type) {
    return switch (type) {
      case F16, BF16 -> F16;
      case F32, F64 -> F32;
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> EXACT;
    };
  }
}
