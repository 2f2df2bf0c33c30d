package dev.tuckerc.cost;

/// What does the multiply-adds of a product.
public sealed interface Unit permits Unit.Scalar, TensorShape {

  /// Instructions that so many multiply-adds take, counted for every thread of a warp.
  double instructions(double multiplyAdds);

  /// The scalar units: a multiply-add is one instruction of a thread.
  enum Scalar implements Unit {
    /// f32, and f64 at the cost of f32 (a simplification; no goal depends on f64).
    FMA;

    @Override
    public double instructions(double multiplyAdds) {
      return multiplyAdds;
    }
  }
}
