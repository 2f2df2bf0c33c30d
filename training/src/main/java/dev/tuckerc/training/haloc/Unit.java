package dev.tuckerc.training.haloc;

import dev.tuckerc.transform.report.LayerFigures;

/// What a target counts.
public enum Unit {
  /// Predicted by the context's [dev.tuckerc.cost.LayerCostModel], for each layer the kernels that
  /// the decomposition would choose.
  MICROSECONDS("us"),
  /// Of one inference.
  MULTIPLY_ACCUMULATES("multiply-accumulates");

  private final String text;

  Unit(String text) {
    this.text = text;
  }

  double of(LayerFigures figures) {
    return switch (this) {
      // A layer that the model cannot predict costs the same whatever is chosen.
      case MICROSECONDS -> figures.microseconds().orElse(0);
      case MULTIPLY_ACCUMULATES -> figures.multiplyAccumulates();
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
