package dev.tuckerc.linalg;

import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Random;

/// Plain loops against which the decompositions are checked.
public final class TuckerReference {
  private TuckerReference() {}

  public static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    List<Long> extents = java.util.Arrays.stream(shape).boxed().toList();
    Tensor tensor = Tensor.zeros(dev.tuckerc.tensor.DataType.F32, extents);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  /// `W'[o,i,t] = sum_{p,q} out[o,p] core[p,q,t] in[i,q]`, row-major over `[O, I, t]`.
  public static double[] reconstruct(Tucker2 tucker) {
    int outputs = tucker.outputFactor().dimension(0);
    int inputs = tucker.inputFactor().dimension(0);
    int rankOut = tucker.rankOut();
    int rankIn = tucker.rankIn();
    int taps = tucker.core().size() / (rankOut * rankIn);
    double[] half = new double[rankOut * inputs * taps];
    for (int p = 0; p < rankOut; p++) {
      for (int i = 0; i < inputs; i++) {
        for (int q = 0; q < rankIn; q++) {
          double factor = tucker.inputFactor().getDouble(i * rankIn + q);
          for (int t = 0; t < taps; t++) {
            half[(p * inputs + i) * taps + t] +=
                factor * tucker.core().getDouble((p * rankIn + q) * taps + t);
          }
        }
      }
    }
    double[] weight = new double[outputs * inputs * taps];
    for (int o = 0; o < outputs; o++) {
      for (int p = 0; p < rankOut; p++) {
        double factor = tucker.outputFactor().getDouble(o * rankOut + p);
        for (int j = 0; j < inputs * taps; j++) {
          weight[o * inputs * taps + j] += factor * half[p * inputs * taps + j];
        }
      }
    }
    return weight;
  }

  public static double relativeError(Tensor weight, double[] approximation) {
    double lost = 0;
    double total = 0;
    for (int i = 0; i < weight.size(); i++) {
      double exact = weight.getDouble(i);
      lost += (exact - approximation[i]) * (exact - approximation[i]);
      total += exact * exact;
    }
    return total == 0 ? 0 : Math.sqrt(lost / total);
  }

  /// Largest deviation of `transpose(factor) * factor` from the identity.
  public static double orthonormalityDefect(Tensor factor) {
    int length = factor.dimension(0);
    int rank = factor.dimension(1);
    double worst = 0;
    for (int a = 0; a < rank; a++) {
      for (int b = 0; b < rank; b++) {
        double dot = 0;
        for (int i = 0; i < length; i++) {
          dot += factor.getDouble(i * rank + a) * factor.getDouble(i * rank + b);
        }
        worst = Math.max(worst, Math.abs(dot - (a == b ? 1 : 0)));
      }
    }
    return worst;
  }
}
