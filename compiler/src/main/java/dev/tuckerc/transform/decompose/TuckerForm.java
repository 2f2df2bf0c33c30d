package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// The convolutions that replace one: reduce `I -> rankIn` (1x1), core `rankIn -> rankOut` (carries
/// stride, padding and dilation), expand `rankOut -> O` (1x1, carries bias and epilogue).
///
/// Weights here have types only; [DecomposeConvolutions] gives them data.
///
/// Source of the form: TDC (PPoPP 2023).
record TuckerForm(Convolution reduce, Convolution core, Convolution expand) {

  static TuckerForm of(Convolution dense, RankChoice.Ranks ranks) {
    Shape weight = dense.weight().shape();
    List<Long> kernel = dense.window().kernel();
    List<Long> ones = Collections.nCopies(kernel.size(), 1L);
    Convolution reduce =
        convolution(
            dense.input(),
            weightOf(dense, "reduce", ranks.in(), weight.extent(1), ones),
            Optional.empty(),
            Window.of(ones),
            Epilogue.NONE);
    Value reduced = new Value(dense.input().name() + ".reduced", reduce.resultType());
    Convolution core =
        convolution(
            reduced,
            weightOf(dense, "core", ranks.out(), ranks.in(), kernel),
            Optional.empty(),
            dense.window(),
            Epilogue.NONE);
    Value cored = new Value(dense.input().name() + ".core", core.resultType());
    Convolution expand =
        convolution(
            cored,
            weightOf(dense, "expand", weight.extent(0), ranks.out(), ones),
            dense.bias(),
            Window.of(ones),
            dense.epilogue());
    return new TuckerForm(reduce, core, expand);
  }

  List<Convolution> chain() {
    return List.of(reduce, core, expand);
  }

  /// Multiply-accumulates of the cheapest exact arrangement of the factors.
  long leastMultiplyAccumulates() {
    return ConvolutionChain.of(chain()).bestByCount();
  }

  private static Convolution convolution(
      Value input, Value weight, Optional<Value> bias, Window window, Epilogue epilogue) {
    return new Convolution(input, weight, bias, window, 1, epilogue);
  }

  private static Value weightOf(
      Convolution dense, String part, long outputs, long inputs, List<Long> kernel) {
    List<Long> extents = new ArrayList<>(List.of(outputs, inputs));
    extents.addAll(kernel);
    TensorType type = TensorType.of(dense.weight().type().elementType(), Shape.of(extents));
    return new Value(dense.weight().name() + "." + part, type);
  }
}
