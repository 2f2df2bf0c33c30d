package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.I64;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Convolutions, pools and interpolation.
final class WindowKinds {
  private WindowKinds() {}

  static void addTo(List<Kind> kinds) {
    kinds.add(new Kind("Conv", WindowKinds::convolution));
    kinds.add(new Kind("ConvTranspose", WindowKinds::transposed));
    kinds.add(new Kind("MaxPool", WindowKinds::maximum));
    kinds.add(new Kind("AveragePool", WindowKinds::average));
    kinds.add(new Kind("LpPool", WindowKinds::lp));
    kinds.add(new Kind("MaxUnpool", WindowKinds::unpool));
    for (String name : List.of("GlobalAveragePool", "GlobalMaxPool")) {
      kinds.add(
          new Kind(
              name, d -> OperatorInstance.of(name, 13).input(d.floats(d.shape(d.between(3, 5))))));
    }
    kinds.add(new Kind("Resize", WindowKinds::resize));
    kinds.add(new Kind("Upsample", WindowKinds::upsample));
  }

  /// A window over an input of some spatial extents, and how it is padded.
  private record Window(
      List<Long> spatial,
      List<Long> kernel,
      List<Long> strides,
      List<Long> dilations,
      List<Long> pads,
      String mode) {

    static Window of(Draw d, int rank, boolean dilated) {
      List<Long> kernel = d.extents(rank, 1, 3);
      List<Long> pads = new ArrayList<>();
      for (int i = 0; i < 2 * rank; i++) {
        // Pads smaller than the kernel, as pools want them.
        pads.add((long) d.between(0, (int) (kernel.get(i % rank) - 1)));
      }
      List<Long> strides = d.extents(rank, 1, 3);
      boolean gaps = false;
      for (int i = 0; i < rank; i++) {
        gaps |= strides.get(i) > kernel.get(i);
      }
      // Where windows leave gaps, SAME asks for negative pads: ONNX Runtime's pools shift then.
      return new Window(
          d.extents(rank, 6, 9),
          kernel,
          strides,
          dilated ? d.extents(rank, 1, 2) : d.extents(rank, 1, 1),
          pads,
          gaps
              ? d.pick("NOTSET", "VALID")
              : d.pick("NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"));
    }

    OperatorInstance applied(OperatorInstance instance) {
      instance.with("strides", strides);
      if (dilations.stream().anyMatch(e -> e > 1) && !mode.startsWith("SAME")) {
        instance.with("dilations", dilations);
      }
      return mode.equals("NOTSET") ? instance.with("pads", pads) : instance.with("auto_pad", mode);
    }
  }

  private static List<Long> joined(long first, long second, List<Long> rest) {
    List<Long> all = new ArrayList<>(List.of(first, second));
    all.addAll(rest);
    return all;
  }

  private static OperatorInstance convolution(Draw d) {
    int rank = d.between(1, 3);
    Window window = Window.of(d, rank, true);
    long groups = d.between(1, 3);
    long inGroup = d.between(1, 3);
    long out = groups * d.between(1, 3);
    OperatorInstance instance =
        OperatorInstance.of("Conv", 11)
            .input(d.floats(joined(d.between(1, 2), groups * inGroup, window.spatial())))
            .constant(d.floats(joined(out, inGroup, window.kernel())))
            .with("group", groups);
    if (d.coin()) {
      instance.constant(d.floats(List.of(out)));
    }
    return window.applied(instance);
  }

  private static OperatorInstance transposed(Draw d) {
    int rank = d.between(1, 2);
    Window window = Window.of(d, rank, true);
    long groups = d.between(1, 2);
    long in = groups * d.between(1, 2);
    OperatorInstance instance =
        OperatorInstance.of("ConvTranspose", 11)
            .input(d.floats(joined(1, in, window.spatial())))
            .constant(d.floats(joined(in, d.between(1, 3), window.kernel())))
            .with("group", groups)
            .with("strides", window.strides())
            .with("dilations", window.dilations())
            .with("pads", window.pads());
    if (d.coin()) {
      instance.with(
          "output_padding",
          window.strides().stream().map(s -> (long) d.between(0, (int) (s - 1))).toList());
    }
    return instance;
  }

  private static OperatorInstance maximum(Draw d) {
    Window window = Window.of(d, d.between(1, 3), true);
    OperatorInstance instance =
        OperatorInstance.of("MaxPool", 12)
            .input(d.floats(joined(2, d.between(1, 3), window.spatial())))
            .with("kernel_shape", window.kernel());
    if (window.mode().equals("NOTSET")) {
      instance.with("ceil_mode", d.coin());
      if (d.coin()) {
        instance.outputs(2);
        if (window.kernel().size() == 2) {
          instance.with("storage_order", d.coin());
        }
      }
    }
    return window.applied(instance);
  }

  private static OperatorInstance average(Draw d) {
    Window window = Window.of(d, d.between(1, 3), false);
    OperatorInstance instance =
        OperatorInstance.of("AveragePool", 11)
            .input(d.floats(joined(2, d.between(1, 3), window.spatial())))
            .with("kernel_shape", window.kernel())
            .with("count_include_pad", d.coin());
    return window.applied(instance);
  }

  private static OperatorInstance lp(Draw d) {
    Window window = Window.of(d, d.between(1, 2), false);
    OperatorInstance instance =
        OperatorInstance.of("LpPool", 11)
            .input(d.floats(joined(2, 2, window.spatial())))
            .with("kernel_shape", window.kernel())
            .with("p", d.between(1, 2));
    return window.applied(instance);
  }

  private static OperatorInstance unpool(Draw d) {
    long height = d.between(1, 3);
    long width = d.between(1, 3);
    long channels = d.between(1, 2);
    Tensor input = d.floats(List.of(1L, channels, height, width));
    Tensor indices = Tensor.zeros(I64, input.shape());
    for (int i = 0; i < indices.size(); i++) {
      long plane = i / (height * width);
      long row = i / width % height * 2 + d.between(0, 1);
      long column = i % width * 2 + d.between(0, 1);
      indices.setLong(i, (plane * 2 * height + row) * 2 * width + column);
    }
    return OperatorInstance.of("MaxUnpool", 11)
        .input(input)
        .input(indices)
        .with("kernel_shape", List.of(2L, 2L))
        .with("strides", List.of(2L, 2L));
  }

  private static OperatorInstance resize(Draw d) {
    String mode = d.pick("nearest", "linear", "cubic");
    // ONNX's own test cases align the corners of the length that the scale asks for, ONNX Runtime
    // those of the rounded one.
    boolean sized = d.coin();
    boolean antialias = !mode.equals("nearest") && d.between(0, 3) == 0;
    OperatorInstance instance =
        OperatorInstance.of("Resize", antialias ? 18 : d.pick(11, 13))
            .input(d.floats(joined(1, d.between(1, 2), d.extents(2, 4, 9))))
            .absent()
            .with("mode", mode)
            .with(
                "coordinate_transformation_mode",
                antialias
                    ? d.pick("half_pixel", "asymmetric")
                    : sized
                        ? d.pick("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
                        : d.pick("half_pixel", "pytorch_half_pixel", "asymmetric"));
    if (antialias) {
      instance.with("antialias", true);
    }
    if (mode.equals("nearest")) {
      instance.with(
          "nearest_mode", d.pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"));
    } else if (mode.equals("cubic") && d.coin()) {
      instance.with("cubic_coeff_a", -0.5).with("exclude_outside", d.coin() && !antialias);
    }
    if (!sized) {
      // Extents that float32 and exact arithmetic read alike, and some that they do not; but the
      // nearest element of a place between two hangs on the last bit of such a scale.
      boolean exact = mode.equals("nearest");
      Tensor scales =
          Tensor.ofFloats(
              List.of(4L),
              1,
              1,
              exact ? d.pick(0.5f, 1.5f, 2f, 3f) : d.pick(0.5f, 0.7f, 1.5f, 2f, 3f),
              exact ? d.pick(2f, 2.5f) : d.pick(0.6f, 0.9f, 2f, 2.5f));
      return instance.constant(scales).tolerance(10);
    }
    instance.constant(Tensor.zeros(F32, List.of(0L)));
    Tensor input = instance.inputs().get("x0");
    return instance
        .longs(1, input.shape().get(1), d.between(2, 14), d.between(2, 14))
        .tolerance(10);
  }

  private static OperatorInstance upsample(Draw d) {
    DataType type = F32;
    return OperatorInstance.of("Upsample", 9)
        .input(d.floats(type, joined(1, 2, d.extents(2, 2, 6)), -2, 2))
        .constant(Tensor.ofFloats(List.of(4L), 1, 1, d.pick(1f, 2f, 3f), d.pick(1f, 2f, 1.5f)))
        .with("mode", d.pick("nearest", "linear"));
  }
}
