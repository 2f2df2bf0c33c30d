package dev.tuckerc.ir.verify;

import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ScalarDomains;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Element types that an operation needs, and that its scalar functions are defined on.
final class OperandChecks {
  private OperandChecks() {}

  static void check(Op op) {
    switch (op) {
      case Convolution conv -> {
        numeric(op, conv.input());
        agree(op, conv.input(), conv.weight());
        bias(op, conv.input(), conv.bias().map(List::of).orElse(List.of()));
        epilogue(conv.input().type().elementType(), conv.epilogue());
      }
      case BasisConvolution conv -> {
        floating(op, conv.input());
        agree(op, conv.input(), conv.basis());
        agree(op, conv.input(), conv.coefficients());
        bias(op, conv.input(), conv.bias().map(List::of).orElse(List.of()));
        epilogue(conv.input().type().elementType(), conv.epilogue());
      }
      case ConvolutionTranspose conv -> {
        floating(op, conv.input());
        agree(op, conv.input(), conv.weight());
        bias(op, conv.input(), conv.bias().map(List::of).orElse(List.of()));
      }
      case MatMul matMul -> {
        numeric(op, matMul.a());
        agree(op, matMul.a(), matMul.b());
        epilogue(matMul.a().type().elementType(), matMul.epilogue());
      }
      case Pointwise pointwise ->
          ScalarDomains.check(
              pointwise.body(),
              pointwise.operands().stream().map(v -> v.type().elementType()).toList());
      case BatchNormalization norm -> {
        for (Value operand : norm.operands()) {
          floating(op, operand);
        }
      }
      case LocalResponseNormalization norm -> {
        floating(op, norm.input());
        if (norm.size() < 1 || norm.input().shape().rank() < 2) {
          throw new IrException("lrn of size " + norm.size() + " on " + norm.input().type());
        }
      }
      case Recurrence recurrence -> {
        floating(op, recurrence.gates());
        for (Value operand : recurrence.operands().subList(1, 4)) {
          agree(op, recurrence.gates(), operand);
        }
        recurrence.peepholes().ifPresent(p -> agree(op, recurrence.gates(), p));
        if (recurrence.lengths().filter(l -> !l.type().elementType().isInteger()).isPresent()) {
          throw new IrException("recurrence lengths of " + recurrence.lengths().get().type());
        }
      }
      case Softmax softmax -> floating(op, softmax.input());
      case CumulativeSum sum -> numeric(op, sum.input());
      case Resize resize -> {
        numeric(op, resize.input());
        if (resize.scales().stream().anyMatch(scale -> !(scale > 0))) {
          throw new IrException("resize scales have to be positive: " + resize.scales());
        }
      }
      case ArgPool pool -> {
        numeric(op, pool.input());
        notNegative(pool.window());
      }
      case Scatter scatter -> {
        agree(op, scatter.input(), scatter.updates());
        boolean combines = scatter.combination() != Scatter.Combination.REPLACE;
        if (combines) {
          numeric(op, scatter.input());
        }
      }
      case Pool pool -> {
        numeric(op, pool.input());
        notNegative(pool.window());
      }
      case ArgReduce _, Broadcast _, Concat _, Constant _, Gather _ -> {}
      case Pad _, Reduce _, Region _, Relayout _, Reshape _, Slice _, Transpose _ -> {}
    }
  }

  private static void notNegative(Window window) {
    if (window.padBefore().stream().anyMatch(pad -> pad < 0)
        || window.padAfter().stream().anyMatch(pad -> pad < 0)) {
      throw new IrException("pool pads have to be 0 or more");
    }
  }

  private static void epilogue(DataType result, Epilogue epilogue) {
    List<DataType> types = new ArrayList<>(List.of(result));
    epilogue.operands().forEach(operand -> types.add(operand.type().elementType()));
    ScalarDomains.check(epilogue.body(), types);
    if (epilogue.isIdentity() && !epilogue.operands().isEmpty()) {
      throw new IrException("an epilogue that does nothing has operands");
    }
  }

  /// A bias may be wider than the operands it is added to.
  private static void bias(Op op, Value input, List<Value> bias) {
    for (Value value : bias) {
      if (value.type().elementType().isFloat() != input.type().elementType().isFloat()) {
        throw new IrException(op.name() + " of " + input.type() + " with bias " + value.type());
      }
    }
  }

  private static void agree(Op op, Value a, Value b) {
    if (a.type().elementType() != b.type().elementType()) {
      throw new IrException(
          op.name() + " of " + a.type() + " and " + b.type() + ": element types differ");
    }
  }

  private static void numeric(Op op, Value value) {
    if (value.type().elementType() == DataType.BOOL) {
      throw new IrException(op.name() + " is not defined on bool");
    }
  }

  private static void floating(Op op, Value value) {
    if (!value.type().elementType().isFloat()) {
      throw new IrException(
          op.name() + " needs floating-point operands, not " + value.type().elementType());
    }
  }
}
