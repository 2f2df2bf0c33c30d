package dev.tuckerc.transform.search;

import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;

/// What layers lose in each of their forms. Safe for use by several threads.
@FunctionalInterface
public interface LayerErrors {
  /// The squared relative error of a layer in a form: what is lost of the squared norm, or of the
  /// variance.
  ///
  /// @return 0 to 1; more where a layer's errors are amplified
  double of(Layer layer, LayerForm form);

  /// Whether it is known what a layer loses.
  default boolean knows(Layer layer) {
    return false;
  }
}
