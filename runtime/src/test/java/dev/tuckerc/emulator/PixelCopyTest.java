package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.TensorCopies.LOAD;
import static dev.tuckerc.emulator.TensorCopies.arguments;
import static dev.tuckerc.emulator.TensorCopies.download;
import static dev.tuckerc.emulator.TensorCopies.kernel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tensor copies of pixels (`im2col`) against the definition of a convolution's input.
class PixelCopyTest {
  /// Pixels of an image with a border, for one place of a filter.
  ///
  /// @param lower first corner of the bounding box along width (height, depth)
  /// @param upper last corner, relative to the last pixel
  private record Pixels(
      TensorElement type,
      int[] extents,
      int[] lower,
      int[] upper,
      int[] steps,
      int channels,
      int pixels,
      Swizzle swizzle) {

    TensorMap map(DeviceBuffer buffer) {
      List<Long> extents = Arrays.stream(this.extents).asLongStream().boxed().toList();
      List<Long> strides = new ArrayList<>();
      long stride = type.bytes();
      for (int i = 0; i + 1 < extents.size(); i++) {
        stride *= extents.get(i);
        strides.add(stride);
      }
      return new TensorMap(
          type,
          extents,
          strides,
          new TensorMap.Pixels(
              Arrays.stream(lower).boxed().toList(),
              Arrays.stream(upper).boxed().toList(),
              channels,
              pixels),
          Arrays.stream(steps).boxed().toList(),
          swizzle,
          Fill.ZERO,
          buffer,
          0);
    }

    /// All places of the bounding box in order, image by image.
    List<int[]> places(int images) {
      List<int[]> places = new ArrayList<>();
      int dimensions = extents.length - 2;
      for (int n = 0; n < images; n++) {
        int[] place = new int[extents.length];
        place[dimensions + 1] = n;
        collect(places, place, dimensions);
      }
      return places;
    }

    private void collect(List<int[]> places, int[] place, int dimension) {
      if (dimension == 0) {
        places.add(place.clone());
        return;
      }
      int last = extents[dimension] - 1 + upper[dimension - 1];
      for (int c = lower[dimension - 1]; c <= last; c += steps[dimension]) {
        place[dimension] = c;
        collect(places, place, dimension - 1);
      }
    }

    /// Index in the tensor of a pixel's channel, or -1 outside.
    int index(int[] place, int[] shift, int channel) {
      int index = 0;
      for (int i = extents.length - 1; i >= 0; i--) {
        int at = i == 0 ? channel : place[i] + (i <= shift.length ? shift[i - 1] : 0);
        if (at < 0 || at >= extents[i]) {
          return -1;
        }
        index = index * extents[i] + at;
      }
      return index;
    }
  }

  /// The implicit matrix of a convolution: from the definition of a convolution's input pixels, for
  /// every place of the filter and every part of the image.
  @ParameterizedTest
  @CsvSource({
    // extents, lower, upper, steps, channels, pixels, swizzle, images
    "16x9x7x3, -1:-1, -1:-1, 1x1x1x1, 16, 24, BYTES_32, 3",
    "8x10x6x2, -1:-1, -2:-1, 1x2x2x1, 8, 16, NONE, 2",
    "32x5x4x2, 0:0, -2:-2, 1x1x1x1, 16, 8, BYTES_32, 2",
    "8x11x2, -2, -2, 1x1x1, 8, 16, NONE, 2",
    "8x5x4x3x2, -1:-1:-1, -1:-1:-1, 1x1x1x1x1, 8, 32, NONE, 2",
  })
  void pixelsOfConvolutions(
      String extents,
      String lower,
      String upper,
      String steps,
      int channels,
      int count,
      Swizzle swizzle,
      int images) {
    Pixels pixels =
        new Pixels(
            TensorElement.FLOAT16,
            numbers(extents, "x"),
            numbers(lower, ":"),
            numbers(upper, ":"),
            numbers(steps, "x"),
            channels,
            count,
            swizzle);
    int rank = pixels.extents.length;
    int total = Arrays.stream(pixels.extents).reduce(1, (a, b) -> a * b);
    short[] content = new short[total];
    for (int i = 0; i < total; i++) {
      content[i] = (short) (i + 1);
    }
    List<int[]> places = pixels.places(images);
    int[] shift = new int[rank - 2];
    for (int part = 0; part < 3; part++) {
      // Begins in the middle of a row, and runs on into the next image, or past the last.
      int start = part * places.size() / 3 + part;
      Arrays.setAll(shift, i -> part(start, i));
      int[] at = places.get(start).clone();
      at[0] = pixels.extents[0] - channels;
      byte[] found = loadPixels(pixels, content, at, shift);
      for (int p = 0; p < count; p++) {
        for (int c = 0; c < channels; c++) {
          int index =
              start + p >= places.size()
                  ? -1
                  : pixels.index(places.get(start + p), shift, at[0] + c);
          int place = swizzledPlace(pixels.swizzle, 2 * (p * channels + c));
          int value = found[place] & 0xff | (found[place + 1] & 0xff) << 8;
          assertThat(value)
              .as("part %d pixel %d channel %d", part, p, c)
              .isEqualTo(index < 0 ? 0 : content[index] & 0xffff);
        }
      }
    }
  }

  private static int part(int start, int dimension) {
    return (start + dimension) % 3;
  }

  private static int[] numbers(String text, String separator) {
    return Arrays.stream(text.split(separator)).mapToInt(Integer::parseInt).toArray();
  }

  private static int swizzledPlace(Swizzle swizzle, int index) {
    int mask = swizzle == Swizzle.NONE ? 0 : 1;
    return index / 128 * 128 + (index / 16 % 8 ^ index / 128 & mask) * 16 + index % 16;
  }

  private static byte[] loadPixels(Pixels pixels, short[] content, int[] at, int[] shift) {
    int bytes = pixels.pixels * pixels.channels * 2;
    String offsets =
        Arrays.stream(shift).mapToObj(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    String issue =
        "cp.async.bulk.tensor."
            + at.length
            + "d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes"
            + " [%r1], [%rd1, {COORDINATES}], [bar], "
            + offsets
            + ";";
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.device.allocate(bytes, "out");
      kernels.run(
          kernels.device.load(kernel(at.length, issue, true, bytes), "test.ptx"),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          arguments(pixels.map(kernels.buffer(content)), out, at));
      return download(kernels, out);
    }
  }

  @Test
  void refusedPixels() {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer buffer = kernels.device.allocate(1 << 16, "x");
      int[] image = {8, 4, 4, 2};
      int[] ones = {1, 1, 1, 1};
      assertThatThrownBy(() -> pixels(image, new int[] {-200, 0}, ones, 8, 8).map(buffer))
          .hasMessageContaining("corner -200 must be -128 to 127");
      assertThatThrownBy(() -> pixels(image, new int[] {0}, ones, 8, 8).map(buffer))
          .hasMessageContaining("4 dimensions need corners of 2");
      assertThatThrownBy(() -> pixels(image, new int[] {0, 0}, ones, 8, 2000).map(buffer))
          .hasMessageContaining("pixels 2000 must be 1 to 1024");
      assertThatThrownBy(() -> pixels(image, new int[] {0, 0}, ones, 4, 8).map(buffer))
          .hasMessageContaining("has 8 bytes, not a multiple of 16");
      int[] flat = {8, 4};
      assertThatThrownBy(() -> pixels(flat, new int[0], new int[] {1, 1}, 8, 8).map(buffer))
          .hasMessageContaining("pixels need 3 to 5 dimensions, not 2");
      Pixels tiles = pixels(image, new int[] {0, 0}, ones, 8, 8);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.device.load(kernel(4, LOAD.formatted(4), true, 128), "test.ptx"),
                  "test",
                  Kernels.size(1),
                  Kernels.size(32),
                  0,
                  arguments(tiles.map(buffer), buffer, new int[4])))
          .hasMessageContaining("in tile mode with a tensor map of pixels");
    }
  }

  private static Pixels pixels(
      int[] extents, int[] corners, int[] steps, int channels, int pixels) {
    return new Pixels(
        TensorElement.FLOAT16, extents, corners, corners, steps, channels, pixels, Swizzle.NONE);
  }
}
