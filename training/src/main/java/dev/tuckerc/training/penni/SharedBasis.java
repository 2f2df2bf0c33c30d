package dev.tuckerc.training.penni;

/// A weight as coefficients of a basis of kernels that all channels share: `W[o,i,t] = sum_b
/// A[o,i,b] B[b,t]`.
///
/// @param kernels of the basis
/// @param taps of a kernel
/// @param coefficients `A`, `[outputs, inputs, kernels]`, row-major
/// @param basis `B`, `[kernels, taps]`, row-major
record SharedBasis(
    int outputs, int inputs, int kernels, int taps, double[] coefficients, double[] basis) {
  SharedBasis {
    if (coefficients.length != outputs * inputs * kernels || basis.length != kernels * taps) {
      throw new IllegalArgumentException(
          coefficients.length + " coefficients of a basis of " + basis.length + " numbers");
    }
  }

  /// A weight with each tap as a kernel of its own.
  ///
  /// @param weight `[outputs, inputs, taps]`, row-major
  static SharedBasis ofTaps(int outputs, int inputs, int taps, double[] weight) {
    double[] identity = new double[taps * taps];
    for (int tap = 0; tap < taps; tap++) {
      identity[tap * taps + tap] = 1;
    }
    return new SharedBasis(outputs, inputs, taps, taps, weight.clone(), identity);
  }

  private int at(int output, int input) {
    return (output * inputs + input) * kernels;
  }

  /// Whether an output reads nothing of an input.
  boolean isZero(int output, int input) {
    for (int b = 0; b < kernels; b++) {
      if (coefficients[at(output, input) + b] != 0) {
        return false;
      }
    }
    return true;
  }

  /// Whether no output reads an input.
  boolean isUnread(int input) {
    for (int output = 0; output < outputs; output++) {
      if (!isZero(output, input)) {
        return false;
      }
    }
    return true;
  }

  /// The sum of an output's taps on an input: what an input of ones gives, away from the border.
  double sum(int output, int input) {
    double sum = 0;
    for (int b = 0; b < kernels; b++) {
      for (int tap = 0; tap < taps; tap++) {
        sum += coefficients[at(output, input) + b] * basis[b * taps + tap];
      }
    }
    return sum;
  }

  /// Adds what is read of one input, times a factor, to what is read of another.
  void merge(int from, int into, double factor) {
    for (int output = 0; output < outputs; output++) {
      for (int b = 0; b < kernels; b++) {
        coefficients[at(output, into) + b] += factor * coefficients[at(output, from) + b];
      }
    }
  }

  void clearInput(int input) {
    for (int output = 0; output < outputs; output++) {
      java.util.Arrays.fill(coefficients, at(output, input), at(output, input) + kernels, 0);
    }
  }

  void clearOutput(int output) {
    java.util.Arrays.fill(coefficients, at(output, 0), at(output, 0) + inputs * kernels, 0);
  }

  /// Some channels of it, without the kernels that nothing reads any more; one is kept.
  SharedBasis sliced(int[] keptOutputs, int[] keptInputs) {
    boolean[] read = new boolean[kernels];
    int count = 0;
    for (int b = 0; b < kernels; b++) {
      for (int output : keptOutputs) {
        for (int input : keptInputs) {
          read[b] |= coefficients[at(output, input) + b] != 0;
        }
      }
      count += read[b] ? 1 : 0;
    }
    if (count == 0) {
      read[0] = true;
      count = 1;
    }
    double[] newBasis = new double[count * taps];
    double[] newCoefficients = new double[keptOutputs.length * keptInputs.length * count];
    int kernel = 0;
    for (int b = 0; b < kernels; b++) {
      if (!read[b]) {
        continue;
      }
      System.arraycopy(basis, b * taps, newBasis, kernel * taps, taps);
      for (int o = 0; o < keptOutputs.length; o++) {
        for (int i = 0; i < keptInputs.length; i++) {
          newCoefficients[(o * keptInputs.length + i) * count + kernel] =
              coefficients[at(keptOutputs[o], keptInputs[i]) + b];
        }
      }
      kernel++;
    }
    return new SharedBasis(
        keptOutputs.length, keptInputs.length, count, taps, newCoefficients, newBasis);
  }

  /// The weight, `[outputs, inputs, taps]`, row-major.
  double[] weight() {
    double[] weight = new double[outputs * inputs * taps];
    for (int row = 0; row < outputs * inputs; row++) {
      for (int b = 0; b < kernels; b++) {
        double factor = coefficients[row * kernels + b];
        for (int tap = 0; factor != 0 && tap < taps; tap++) {
          weight[row * taps + tap] += factor * basis[b * taps + tap];
        }
      }
    }
    return weight;
  }

  /// Coefficients that are not zero.
  long nonzeros() {
    long count = 0;
    for (double coefficient : coefficients) {
      count += coefficient != 0 ? 1 : 0;
    }
    return count;
  }
}
