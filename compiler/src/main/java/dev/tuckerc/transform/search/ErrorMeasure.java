package dev.tuckerc.transform.search;

import dev.tuckerc.transform.layer.Layer;
import java.util.List;

/// Measures what layers lose in their forms, where weights are not to decide; a handle of the pass
/// context.
@FunctionalInterface
public interface ErrorMeasure {
  /// Measures layers.
  ///
  /// @param weights what their weights lose, for forms of which nothing else is known
  LayerErrors of(List<Layer> layers, LayerErrors weights);
}
