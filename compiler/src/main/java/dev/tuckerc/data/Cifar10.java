package dev.tuckerc.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The binary version of CIFAR-10: batches of 10,000 records of a label byte and 3x32x32 bytes.
final class Cifar10 {
  private static final int PIXELS = 3 * 32 * 32;
  private static final int RECORD = 1 + PIXELS;

  private Cifar10() {}

  /// Reads the first pictures of a split, of training batches those that are there.
  static Dataset read(String source, Path folder, Split split, int most, Preprocessing how) {
    PackedFiles.requireFolder(source, folder);
    List<String> names =
        split == Split.TEST
            ? List.of("test_batch.bin")
            : IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList();
    List<Path> files =
        names.stream()
            .map(name -> PackedFiles.find(folder, name))
            .flatMap(Optional::stream)
            .toList();
    if (files.isEmpty()) {
      throw new DataException(
          source + ": there is no " + names.getFirst() + " (or .xz, .gz) in " + folder);
    }
    byte[] pixels = new byte[0];
    int[] labels = new int[0];
    int count = 0;
    for (Path file : files) {
      if (count == most) {
        break;
      }
      byte[] records = records(source, file, most - count);
      int more = records.length / RECORD;
      pixels = Arrays.copyOf(pixels, (count + more) * PIXELS);
      labels = Arrays.copyOf(labels, count + more);
      for (int i = 0; i < more; i++) {
        labels[count + i] = records[i * RECORD];
        System.arraycopy(records, i * RECORD + 1, pixels, (count + i) * PIXELS, PIXELS);
      }
      count += more;
    }
    return new PictureDataset(pixels, labels, count, 3, 32, 32, how);
  }

  private static byte[] records(String source, Path file, int most) {
    try (InputStream stream = PackedFiles.open(file)) {
      byte[] records =
          stream.readNBytes((int) Math.min((long) most * RECORD, Integer.MAX_VALUE - 8));
      if (records.length == 0 || records.length % RECORD != 0) {
        throw new DataException(
            source + ": " + file + " does not hold whole records of " + RECORD + " bytes");
      }
      return records;
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, file, e);
    }
  }
}
