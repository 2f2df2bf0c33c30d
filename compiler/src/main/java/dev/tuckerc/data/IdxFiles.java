package dev.tuckerc.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// MNIST's file format: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, `t10k-` for the
/// test.
final class IdxFiles {
  private static final int UNSIGNED_BYTES = 0x08;

  private IdxFiles() {}

  static Dataset read(String source, Path folder, Split split, int most, Preprocessing how) {
    PackedFiles.requireFolder(source, folder);
    String prefix = split == Split.TEST ? "t10k" : "train";
    Array images =
        array(source, folder, prefix + "-images-idx3-ubyte", most)
            .orElseThrow(() ->
                new DataException(
                    source
                        + ": there is no "
                        + prefix
                        + "-images-idx3-ubyte (or .gz, .xz) in "
                        + folder));
    if (images.extents.size() < 3 || images.extents.size() > 4) {
      throw new DataException(
          source + ": pictures of shape " + images.extents + " are no pictures");
    }
    Optional<Array> labels = array(source, folder, prefix + "-labels-idx1-ubyte", most);
    int count = images.extents.getFirst();
    if (labels.isPresent() && !labels.get().extents.equals(List.of(count))) {
      throw new DataException(
          source + ": " + labels.get().extents + " labels for " + count + " pictures");
    }
    int[] classes = new int[labels.isPresent() ? count : 0];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = Byte.toUnsignedInt(labels.orElseThrow().bytes[i]);
    }
    int rank = images.extents.size();
    int channels = rank == 4 ? images.extents.get(1) : 1;
    return new PictureDataset(
        images.bytes,
        classes,
        count,
        channels,
        images.extents.get(rank - 2),
        images.extents.get(rank - 1),
        how);
  }

  private record Array(List<Integer> extents, byte[] bytes) {}

  private static Optional<Array> array(String source, Path folder, String name, int most) {
    Optional<Path> file = PackedFiles.find(folder, name);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try (DataInputStream in = new DataInputStream(PackedFiles.open(file.get()))) {
      int magic = in.readInt();
      if (magic >>> 8 != UNSIGNED_BYTES || (magic & 0xff) == 0) {
        throw new DataException(source + ": " + file.get() + " is no idx file of unsigned bytes");
      }
      List<Integer> extents = new ArrayList<>();
      long size = 1;
      for (int axis = 0; axis < (magic & 0xff); axis++) {
        int extent = in.readInt();
        extent = axis == 0 ? Math.min(extent, most) : extent;
        extents.add(extent);
        size = Math.multiplyExact(size, (long) extent);
      }
      if (size < 0 || size > Integer.MAX_VALUE - 8) {
        throw new DataException(source + ": " + file.get() + " has " + size + " bytes of data");
      }
      byte[] bytes = in.readNBytes((int) size);
      if (bytes.length != size) {
        throw new DataException(
            source + ": " + file.get() + " ends after " + bytes.length + " of " + size + " bytes");
      }
      return Optional.of(new Array(extents, bytes));
    } catch (IOException | ArithmeticException e) {
      IOException cause =
          e instanceof IOException io ? io : new IOException("its extents overflow");
      throw PackedFiles.unreadable(source, file.get(), cause);
    }
  }
}
