package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// All importable operators: by type, the versions of the operator set an importer covers. An
/// importer that covers several versions asks the context which one a node means.
public final class OperatorRegistry {
  private static final Map<String, List<Entry>> OPERATORS = build();

  private record Entry(long since, long until, OperatorImporter importer) {}

  private final Map<String, List<Entry>> operators = new TreeMap<>();

  private OperatorRegistry() {}

  private static Map<String, List<Entry>> build() {
    OperatorRegistry registry = new OperatorRegistry();
    ElementwiseImporters.register(registry);
    ActivationImporters.register(registry);
    ConvolutionImporters.register(registry);
    PoolImporters.register(registry);
    MatrixImporters.register(registry);
    NormalizationImporters.register(registry);
    ReduceImporters.register(registry);
    ShapeImporters.register(registry);
    MovementImporters.register(registry);
    IndexImporters.register(registry);
    ResizeImporters.register(registry);
    GeneratorImporters.register(registry);
    QuantizationImporters.register(registry);
    RecurrentImporters.register(registry);
    ControlImporters.register(registry);
    return Collections.unmodifiableMap(registry.operators);
  }

  /// Adds an operator with one output, for all versions.
  void add(String type, Function<OperatorContext, Value> importer) {
    addAll(type, OperatorImporter.single(importer));
  }

  /// Adds an operator with one output that exists since a version.
  void add(String type, long since, Function<OperatorContext, Value> importer) {
    add(type, since, Long.MAX_VALUE, OperatorImporter.single(importer));
  }

  /// Adds an operator with any number of outputs, for all versions.
  void addAll(String type, OperatorImporter importer) {
    add(type, 1, Long.MAX_VALUE, importer);
  }

  /// Adds an importer for the versions `since` to `until`.
  void add(String type, long since, long until, OperatorImporter importer) {
    operators.computeIfAbsent(type, _ -> new ArrayList<>()).add(new Entry(since, until, importer));
  }

  /// The importer of an operator.
  ///
  /// @param domain operator set; empty for the standard one
  /// @throws UnsupportedNodeException when there is none
  public static OperatorImporter find(String domain, String type, long opset) {
    if (!domain.isEmpty()) {
      throw new UnsupportedNodeException(
          "operator set '" + domain + "' is unknown; export with standard operators");
    }
    List<Entry> entries = OPERATORS.getOrDefault(type, List.of());
    for (Entry entry : entries) {
      if (entry.since <= opset && opset <= entry.until) {
        return entry.importer;
      }
    }
    throw new UnsupportedNodeException(
        entries.isEmpty() ? "the operator is unsupported" : "unsupported in this operator set");
  }

  /// Names of all operators, sorted.
  static List<String> names() {
    return List.copyOf(OPERATORS.keySet());
  }
}
