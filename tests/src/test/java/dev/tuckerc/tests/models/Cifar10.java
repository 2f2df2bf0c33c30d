package dev.tuckerc.tests.models;

import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import org.tukaani.xz.XZInputStream;

/// The CIFAR-10 test batch: 10,000 images of 3x32x32 bytes, each after its label byte.
final class Cifar10 {
  private static final int PIXELS = 3 * 32 * 32;
  private static final int RECORD = 1 + PIXELS;
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

  private final byte[] records;

  private Cifar10(byte[] records) {
    this.records = records;
  }

  static Cifar10 testBatch() {
    var file = SharedData.require("datasets/cifar10/test_batch.bin.xz");
    try (InputStream stream = new XZInputStream(Files.newInputStream(file))) {
      return new Cifar10(stream.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  int size() {
    return records.length / RECORD;
  }

  int label(int image) {
    return records[image * RECORD];
  }

  /// Images normalised as the trained ResNets expect (mean and deviation of ImageNet).
  Tensor images(int first, int count) {
    float[] values = new float[count * PIXELS];
    for (int i = 0; i < values.length; i++) {
      int pixel = i % PIXELS;
      int channel = pixel / (32 * 32);
      int value = Byte.toUnsignedInt(records[(first + i / PIXELS) * RECORD + 1 + pixel]);
      values[i] = (value / 255f - MEAN[channel]) / DEVIATION[channel];
    }
    return Tensor.ofFloats(List.of((long) count, 3L, 32L, 32L), values);
  }
}
