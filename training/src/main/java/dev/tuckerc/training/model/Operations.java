package dev.tuckerc.training.model;

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
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
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
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// The operations of the IR as functions of libtorch. A symbolic extent takes the value that the
/// operands have.
final class Operations {
  /// Weight of a new batch in running statistics (Ioffe and Szegedy 2015; libtorch's default).
  static final double MOMENTUM = 0.1;

  private Operations() {}

  /// Why a node cannot be trained; empty where it can.
  static Optional<String> obstacle(Node node) {
    Op op = node.op();
    Optional<DataType> type =
        Stream.concat(op.operands().stream().map(v -> v.type()), op.resultTypes().stream())
            .map(t -> t.elementType())
            .filter(t -> t != DataType.F32)
            .findFirst();
    String problem =
        switch (op) {
          // A constant of another type counts where it is used.
          case Constant _ -> "";
          case Op _ when type.isPresent() -> "works on " + type.get() + ", not on f32";
          case Convolution c -> ScalarFunctions.obstacle(c.epilogue().body());
          case MatMul m -> ScalarFunctions.obstacle(m.epilogue().body());
          case Pointwise p -> ScalarFunctions.obstacle(p.body());
          case Pool p when p.window().rank() != 2 -> "a pool over " + p.window().rank() + " axes";
          case Pool p
              when p.kind() == Pool.Kind.AVERAGE
                  && p.window().dilation().stream().anyMatch(d -> d != 1) ->
              "a dilated average";
          case Pad p -> p.mode() == Pad.Mode.CONSTANT ? "" : "padding of mode " + p.mode();
          case Resize r ->
              r.mode() == Resize.Mode.NEAREST ? "" : "interpolation of mode " + r.mode();
          case Recurrence r when r.lengths().isPresent() -> "sequences of different lengths";
          case Pool _,
              Recurrence _,
              BatchNormalization _,
              Broadcast _,
              Concat _,
              Reduce _,
              Reshape _,
              Slice _,
              Softmax _,
              Transpose _ ->
              "";
          case ArgPool _,
              ArgReduce _,
              ConvolutionTranspose _,
              CumulativeSum _,
              Gather _,
              LocalResponseNormalization _,
              Region _,
              Relayout _,
              Scatter _,
              BasisConvolution _ ->
              op.name() + " has no trainable form";
        };
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  /// Computes a node that has no obstacle and is no constant.
  ///
  /// @param x the operands
  /// @param training whether batch normalisation takes the statistics of the batch, and keeps them
  /// @param products in what convolutions and matrix products are multiplied
  static Tensor apply(Op op, List<Tensor> x, boolean training, Products products) {
    return switch (op) {
      case Convolution c -> {
        int fixed = c.bias().isPresent() ? 3 : 2;
        Optional<Tensor> bias = c.bias().map(_ -> products.operand(x.get(2)));
        Tensor result =
            Windowed.convolve(c, products.operand(x.get(0)), products.operand(x.get(1)), bias);
        yield finish(c.epilogue(), result, x, fixed);
      }
      case MatMul m ->
          finish(
              m.epilogue(),
              torch.matmul(products.operand(x.get(0)), products.operand(x.get(1))),
              x,
              2);
      case Pointwise p -> ScalarFunctions.evaluate(p.body(), x);
      case BatchNormalization n ->
          torch.batch_norm(
              x.get(0),
              new TensorOptional(x.get(1)),
              new TensorOptional(x.get(2)),
              new TensorOptional(x.get(3)),
              new TensorOptional(x.get(4)),
              training,
              MOMENTUM,
              n.epsilon(),
              false);
      case Pool p -> Windowed.pool(p, x.get(0));
      case Recurrence r -> RecurrentSteps.run(r, x);
      case Broadcast b -> x.get(0).expand(extents(b.shape(), -1), false);
      case Concat c -> torch.cat(new TensorVector(x.toArray(Tensor[]::new)), c.axis());
      case Pad p -> Windowed.pad(x.get(0), p.before(), p.after(), p.value());
      case Reduce r -> reduce(r, x.get(0));
      case Reshape r -> reshape(r, x.get(0));
      case Resize r -> nearest(r, x.get(0));
      case Slice s -> slice(s, x.get(0));
      case Softmax s ->
          s.logarithm() ? torch.log_softmax(x.get(0), s.axis()) : torch.softmax(x.get(0), s.axis());
      case Transpose t -> x.get(0).permute(Windowed.array(t.permutation()));
      case Constant _,
          ArgPool _,
          ArgReduce _,
          ConvolutionTranspose _,
          CumulativeSum _,
          Gather _,
          LocalResponseNormalization _,
          Region _,
          Relayout _,
          Scatter _,
          BasisConvolution _ ->
          throw new IrException(op.name() + " has no trainable form");
    };
  }

  private static Tensor finish(Epilogue epilogue, Tensor result, List<Tensor> x, int fixed) {
    if (epilogue.isIdentity()) {
      return result;
    }
    List<Tensor> operands = new ArrayList<>(List.of(result));
    operands.addAll(x.subList(fixed, x.size()));
    return ScalarFunctions.evaluate(epilogue.body(), operands);
  }

  private static Tensor reduce(Reduce op, Tensor x) {
    long[] axes = Windowed.array(op.axes());
    return switch (op.kind()) {
      case SUM -> x.sum(axes, op.keepDims(), new ScalarTypeOptional());
      case MEAN -> x.mean(axes, op.keepDims(), new ScalarTypeOptional());
      case MAXIMUM -> x.amax(axes, op.keepDims());
      case MINIMUM -> x.amin(axes, op.keepDims());
      case PRODUCT -> {
        Tensor result = x;
        for (int i = axes.length - 1; i >= 0; i--) {
          result = torch.prod(result, axes[i], op.keepDims(), new ScalarTypeOptional());
        }
        yield result;
      }
    };
  }

  /// One symbolic extent takes what is left; further ones are those of the same axis of the input.
  private static Tensor reshape(Reshape op, Tensor x) {
    long[] extents = extents(op.shape(), -1);
    long unknown = LongStream.of(extents).filter(e -> e < 0).count();
    for (int axis = 0; unknown > 1 && axis < extents.length; axis++) {
      if (extents[axis] < 0) {
        extents[axis] = x.size(axis);
        unknown--;
      }
    }
    return x.reshape(extents);
  }

  /// Copies the source of every output along each axis that changes.
  private static Tensor nearest(Resize op, Tensor x) {
    Tensor result = x;
    for (int axis = 0; axis < op.shape().rank(); axis++) {
      if (op.shape().dim(axis) instanceof Dim.Known(long extent) && extent != x.size(axis)) {
        long[] sources = new long[Math.toIntExact(extent)];
        for (int i = 0; i < sources.length; i++) {
          sources[i] = op.nearestSource(axis, i, x.size(axis));
        }
        result = torch.index_select(result, axis, torch.tensor(sources));
      }
    }
    return result;
  }

  private static Tensor slice(Slice op, Tensor x) {
    Tensor result = x;
    for (int axis = 0; axis < op.starts().size(); axis++) {
      long extent = x.size(axis);
      long step = op.steps().get(axis);
      long start = op.starts().get(axis);
      long size =
          op.sizes().dim(axis) instanceof Dim.Known(long known)
              ? known
              : (step > 0 ? extent - start + step - 1 : start - step) / Math.abs(step);
      if (size == extent && step == 1) {
        continue;
      }
      if (step > 0) {
        long end = size == 0 ? start : start + (size - 1) * step + 1;
        result = result.slice(axis, new LongOptional(start), new LongOptional(end), step);
      } else {
        long[] sources = LongStream.range(0, size).map(i -> start + i * step).toArray();
        result = torch.index_select(result, axis, torch.tensor(sources));
      }
    }
    return result;
  }

  private static long[] extents(Shape shape, long unknown) {
    return shape.dims().stream()
        .mapToLong(dim -> dim instanceof Dim.Known(long extent) ? extent : unknown)
        .toArray();
  }

  /// A number as a tensor without axes.
  static Tensor scalar(double value) {
    return torch.scalar_tensor(new Scalar(value));
  }
}
