package dev.tuckerc.linalg;

import dev.tuckerc.tensor.Tensor;

/// A partial Tucker decomposition of a convolution's weight `W[O, I, kernel...]` on its two channel
/// modes: `W ~ core x_O outputFactor x_I inputFactor`, that is `W[o,i,t] ~ sum_{p,q}
/// outputFactor[o,p] * core[p,q,t] * inputFactor[i,q]`.
///
/// All three are of type F64.
///
/// @param outputFactor `[O, rankOut]`, orthonormal columns; the identity at full rank
/// @param core `[rankOut, rankIn, kernel...]`
/// @param inputFactor `[I, rankIn]`, orthonormal columns; the identity at full rank
/// @param relativeError Frobenius norm of what is lost over that of the weight, 0 for a zero weight
/// @param sweeps higher-order orthogonal iterations it took; 0 where one mode is at full rank and
///   the first solution is already the best
public record Tucker2(
    Tensor outputFactor, Tensor core, Tensor inputFactor, double relativeError, int sweeps) {

  public int rankOut() {
    return core.dimension(0);
  }

  public int rankIn() {
    return core.dimension(1);
  }
}
