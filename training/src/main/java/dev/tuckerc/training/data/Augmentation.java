package dev.tuckerc.training.data;

import dev.tuckerc.data.DataException;
import java.util.SplittableRandom;

/// Random changes to pictures that leave their class: a flip from left to right at even odds, and a
/// crop of the picture's own size after a border was added (the usual augmentation of CIFAR: He et
/// al. 2016, section 4.2). The border has the value 0 of the normalised picture.
///
/// @param flip whether pictures are flipped
/// @param border width of the border in pixels; 0 for no crop
public record Augmentation(boolean flip, int border) {
  /// Pictures as they are.
  public static final Augmentation NONE = new Augmentation(false, 0);

  private static final String FORM = "expected none, flip, crop=PIXELS, or flip,crop=PIXELS";

  /// Reads an augmentation as it is written on the command line.
  ///
  /// @throws DataException for another form
  public static Augmentation parse(String text) {
    boolean flip = false;
    int border = 0;
    for (String part : text.split(",", -1)) {
      if (part.equals("flip")) {
        flip = true;
      } else if (part.matches("crop=[0-9]{1,3}")) {
        border = Integer.parseInt(part.substring("crop=".length()));
      } else if (!text.equals("none")) {
        throw new DataException("augmentation '" + text + "' cannot be read; " + FORM);
      }
    }
    return new Augmentation(flip, border);
  }

  /// Whether samples stay as they are.
  public boolean isIdentity() {
    return !flip && border == 0;
  }

  /// Writes a changed picture.
  ///
  /// @param picture `[channels, height, width]`
  /// @param into takes as many numbers from an offset on
  void apply(
      float[] picture,
      int channels,
      int height,
      int width,
      SplittableRandom random,
      float[] into,
      int offset) {
    boolean mirrored = flip && random.nextBoolean();
    int down = border == 0 ? 0 : random.nextInt(2 * border + 1) - border;
    int right = border == 0 ? 0 : random.nextInt(2 * border + 1) - border;
    for (int channel = 0; channel < channels; channel++) {
      for (int y = 0; y < height; y++) {
        int fromY = y + down;
        int row = (channel * height + y) * width;
        for (int x = 0; x < width; x++) {
          int fromX = (mirrored ? width - 1 - x : x) + right;
          boolean inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
          into[offset + row + x] = inside ? picture[(channel * height + fromY) * width + fromX] : 0;
        }
      }
    }
  }
}
