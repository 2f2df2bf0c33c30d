package dev.tuckerc.transform.decompose;

/// Fits the factors of a plan to data; a handle of the pass context.
@FunctionalInterface
public interface FactorFit {
  /// The plan with factors fitted, and nothing else changed.
  ///
  /// @throws dev.tuckerc.ir.IrException when the data does not fit the model
  DecompositionPlan fit(DecompositionPlan plan);
}
