package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/// PNG and JPEG files of a folder, by name; where it has sub-folders, each is a class, in the order
/// of their names. All are scaled to one size, and read when they are asked for.
record ImageFolder(
    String source,
    List<Path> files,
    int[] labels,
    int height,
    int width,
    Preprocessing preprocessing)
    implements Dataset {

  /// @param wanted size that the model takes, where it is known
  static Dataset read(
      String source, Path folder, int most, Preprocessing how, Optional<List<Integer>> wanted) {
    PackedFiles.requireFolder(source, folder);
    List<Path> files = new ArrayList<>();
    List<Integer> classes = new ArrayList<>();
    try {
      List<Path> folders = list(folder, Files::isDirectory);
      if (folders.isEmpty()) {
        files.addAll(list(folder, ImageFolder::isPicture));
      }
      for (int label = 0; label < folders.size(); label++) {
        for (Path file : list(folders.get(label), ImageFolder::isPicture)) {
          files.add(file);
          classes.add(label);
        }
      }
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, folder, e);
    }
    if (files.isEmpty()) {
      throw new DataException(source + ": there is no .png or .jpg in " + folder);
    }
    // Evenly over the whole, so that few samples still come from every class.
    int count = Math.min(most, files.size());
    int all = files.size();
    int[] chosen = IntStream.range(0, count).map(i -> (int) ((long) i * all / count)).toArray();
    List<Path> some = IntStream.of(chosen).mapToObj(files::get).toList();
    int[] labels =
        classes.isEmpty() ? new int[0] : IntStream.of(chosen).map(classes::get).toArray();
    BufferedImage first = picture(source, some.getFirst());
    int height = how.height().orElseGet(() -> wanted.map(List::getFirst).orElse(first.getHeight()));
    int width = how.width().orElseGet(() -> wanted.map(List::getLast).orElse(first.getWidth()));
    return new ImageFolder(source, some, labels, height, width, how);
  }

  private static List<Path> list(Path folder, java.util.function.Predicate<Path> kind)
      throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(kind).sorted().toList();
    }
  }

  private static boolean isPicture(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".png") || name.endsWith(".jpg") || name.endsWith(".jpeg");
  }

  private static BufferedImage picture(String source, Path file) {
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image == null) {
        throw new DataException(source + ": " + file + " is no picture that can be read");
      }
      return image;
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, file, e);
    }
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public List<Long> sampleShape() {
    return List.of(3L, (long) height, (long) width);
  }

  @Override
  public Tensor samples(int first, int count) {
    int positions = height * width;
    float[] values = new float[count * 3 * positions];
    byte[] bytes = new byte[3 * positions];
    for (int i = 0; i < count; i++) {
      BufferedImage scaled = scaled(picture(source, files.get(first + i)));
      for (int p = 0; p < positions; p++) {
        int rgb = scaled.getRGB(p % width, p / width);
        bytes[p] = (byte) (rgb >> 16);
        bytes[positions + p] = (byte) (rgb >> 8);
        bytes[2 * positions + p] = (byte) rgb;
      }
      preprocessing.apply(bytes, 0, 3, positions, values, i * 3 * positions);
    }
    return Tensor.ofFloats(List.of((long) count, 3L, (long) height, (long) width), values);
  }

  private BufferedImage scaled(BufferedImage image) {
    if (image.getWidth() == width && image.getHeight() == height) {
      return image;
    }
    BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = scaled.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return scaled;
  }

  @Override
  public OptionalInt label(int sample) {
    return labels.length == 0 ? OptionalInt.empty() : OptionalInt.of(labels[sample]);
  }
}
