package dev.tuckerc.ir;

import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A convolution by a basis of kernels that all channels share, most of whose coefficients may be
/// zero (PENNI, ICML 2020): `y[n,o,p] = epilogue(bias[o] + sum_{i,b} coefficients[o, i*B + b] *
/// sum_t x[n,i,p*stride + t*dilation - pad] * basis[b,t])`
///
/// Input `[N, I, spatial...]`, basis `[B, kernel...]`, coefficients `[O, I*B]`, bias `[O]`.
///
/// @param nonzeros coefficients that are not zero, which is what the work depends on
public record BasisConvolution(
    Value input,
    Value basis,
    Value coefficients,
    Optional<Value> bias,
    Window window,
    long nonzeros,
    Epilogue epilogue)
    implements Op {
  public BasisConvolution {
    Shape in = input.shape();
    Shape b = basis.shape();
    Shape a = coefficients.shape();
    if (in.rank() < 3 || b.rank() != in.rank() - 1 || a.rank() != 2) {
      throw new IrException(
          "basis_conv of an input " + in + ", a basis " + b + " and coefficients " + a);
    }
    if (!b.dims().subList(1, b.rank()).equals(Shape.of(window.kernel()).dims())) {
      throw new IrException("basis_conv basis " + b + " does not match " + window.kernel());
    }
    if (in.dim(1).isKnown() && in.extent(1) * b.extent(0) != a.extent(1)) {
      throw new IrException(
          "basis_conv coefficients " + a + " do not match an input " + in + " and a basis " + b);
    }
    if (bias.isPresent() && !bias.get().shape().equals(Shape.of(a.extent(0)))) {
      throw new IrException(
          "basis_conv bias " + bias.get().shape() + " does not match coefficients " + a);
    }
    if (nonzeros < 0 || nonzeros > a.elementCount()) {
      throw new IrException("basis_conv with " + nonzeros + " nonzeros in coefficients " + a);
    }
  }

  /// Kernels of the basis.
  public long kernels() {
    return basis.shape().extent(0);
  }

  /// The plain convolution that this is, with a weight of its own that nothing defines; see
  /// [#weight].
  public Convolution dense() {
    List<Dim> dims = new ArrayList<>(List.of(coefficients.shape().dim(0), input.shape().dim(1)));
    dims.addAll(basis.shape().dims().subList(1, basis.shape().rank()));
    Value weight = new Value("weight", TensorType.of(basis.type().elementType(), new Shape(dims)));
    return new Convolution(input, weight, bias, window, 1, epilogue);
  }

  /// The weight `[O, I, kernel...]` of the plain convolution that this is, of type F64.
  ///
  /// @param basisData of the basis
  /// @param coefficientData of the coefficients
  public static Tensor weight(Tensor basisData, Tensor coefficientData) {
    int kernels = basisData.dimension(0);
    int taps = basisData.size() / kernels;
    int outputs = coefficientData.dimension(0);
    int inputs = coefficientData.dimension(1) / kernels;
    double[] basis = basisData.toDoubles();
    double[] coefficients = coefficientData.toDoubles();
    double[] weight = new double[outputs * inputs * taps];
    for (int index = 0; index < coefficients.length; index++) {
      double coefficient = coefficients[index];
      int to = index / kernels * taps;
      int from = index % kernels * taps;
      for (int tap = 0; tap < taps && coefficient != 0; tap++) {
        weight[to + tap] += coefficient * basis[from + tap];
      }
    }
    List<Long> shape = new ArrayList<>(List.of((long) outputs, (long) inputs));
    shape.addAll(basisData.shape().subList(1, basisData.rank()));
    return Tensor.ofDoubles(shape, weight);
  }

  @Override
  public String name() {
    return "basis_conv";
  }

  @Override
  public List<Value> operands() {
    return Operators.operands(List.of(input, basis, coefficients), bias, epilogue);
  }

  @Override
  public Attributes attributes() {
    return window
        .attributes()
        .with("nonzeros", nonzeros)
        .withFlag("bias", bias.isPresent())
        .withEpilogue(epilogue);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>();
    dims.add(input.shape().dim(0));
    dims.add(coefficients.shape().dim(0));
    for (int axis = 0; axis < window.rank(); axis++) {
      dims.add(window.output(axis, input.shape().dim(axis + 2), false));
    }
    return epilogue.apply(TensorType.of(input.type().elementType(), new Shape(dims)));
  }

  static BasisConvolution from(List<Value> operands, Attributes attributes) {
    boolean bias = attributes.flag("bias");
    return new BasisConvolution(
        operands.get(0),
        operands.get(1),
        operands.get(2),
        bias ? Optional.of(operands.get(3)) : Optional.empty(),
        Window.from(attributes),
        attributes.integer("nonzeros"),
        attributes.epilogue(operands, bias ? 4 : 3));
  }
}
