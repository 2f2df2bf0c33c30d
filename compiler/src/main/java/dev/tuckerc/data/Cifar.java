package dev.tuckerc.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The binary versions of CIFAR-10 and CIFAR-100: files of records, each some label bytes and
/// 3x32x32 bytes.
enum Cifar {
  /// Batches of 10,000 records with one label.
  CIFAR10(
      1,
      IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList(),
      "test_batch.bin"),
  /// One file for each split; the label of the group comes before that of the class.
  CIFAR100(2, List.of("train.bin"), "test.bin");

  private static final int PIXELS = 3 * 32 * 32;

  private final int labelBytes;
  private final List<String> training;
  private final String test;

  Cifar(int labelBytes, List<String> training, String test) {
    this.labelBytes = labelBytes;
    this.training = training;
    this.test = test;
  }

  private int recordBytes() {
    return labelBytes + PIXELS;
  }

  /// Reads the first pictures of a split, of training batches those that are there.
  Dataset read(String source, Path folder, Split split, int most, Preprocessing how) {
    PackedFiles.requireFolder(source, folder);
    List<String> names = split == Split.TEST ? List.of(test) : training;
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
      int more = records.length / recordBytes();
      pixels = Arrays.copyOf(pixels, (count + more) * PIXELS);
      labels = Arrays.copyOf(labels, count + more);
      for (int i = 0; i < more; i++) {
        int start = i * recordBytes() + labelBytes;
        labels[count + i] = records[start - 1];
        System.arraycopy(records, start, pixels, (count + i) * PIXELS, PIXELS);
      }
      count += more;
    }
    return new PictureDataset(pixels, labels, count, 3, 32, 32, how);
  }

  private byte[] records(String source, Path file, int most) {
    try (InputStream stream = PackedFiles.open(file)) {
      byte[] records =
          stream.readNBytes((int) Math.min((long) most * recordBytes(), Integer.MAX_VALUE - 8));
      if (records.length == 0 || records.length % recordBytes() != 0) {
        throw new DataException(
            source + ": " + file + " does not hold whole records of " + recordBytes() + " bytes");
      }
      return records;
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, file, e);
    }
  }
}
