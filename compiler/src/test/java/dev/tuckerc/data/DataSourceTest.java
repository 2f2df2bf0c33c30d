package dev.tuckerc.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class DataSourceTest {
  @TempDir Path folder;

  private Dataset read(String source, Split split, int most, String preprocessing) {
    return DataSource.parse(source)
        .read(
            split,
            most,
            preprocessing.isEmpty() ? Optional.empty() : Optional.of(preprocessing),
            Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz"})
  void cifarBatchesAreReadAsTheyLie(String packing) throws IOException {
    byte[] records = new byte[3 * 3073];
    for (int i = 0; i < 3; i++) {
      records[i * 3073] = (byte) (i + 4);
      for (int p = 0; p < 3072; p++) {
        records[i * 3073 + 1 + p] = (byte) (p / 1024 * 50 + i);
      }
    }
    write("test_batch.bin" + packing, records);
    Dataset data = read("cifar10:" + folder, Split.TEST, 2, "unit");
    assertThat(data.size()).isEqualTo(2);
    assertThat(data.sampleShape()).containsExactly(3L, 32L, 32L);
    assertThat(data.label(1)).hasValue(5);
    assertThat(data.samples(1, 1).getDouble(2 * 1024)).isCloseTo(101 / 255.0, within(1e-6));
    Dataset usual = read("cifar10:" + folder, Split.TEST, 3, "");
    assertThat(usual.samples(0, 1).getDouble(1024))
        .isCloseTo((50 / 255.0 - 0.456) / 0.224, within(1e-5));
    assertThatThrownBy(() -> read("cifar10:" + folder, Split.TRAINING, 1, ""))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data_batch_1.bin");
  }

  @Test
  void cifar100HasTheClassAfterItsGroup() throws IOException {
    byte[] records = new byte[2 * 3074];
    for (int i = 0; i < 2; i++) {
      records[i * 3074] = 19;
      records[i * 3074 + 1] = (byte) (98 + i);
      records[i * 3074 + 2] = (byte) (51 * (i + 1));
    }
    write("train.bin.gz", records);
    Dataset data = read("cifar100:" + folder, Split.TRAINING, 5, "unit");
    assertThat(data.size()).isEqualTo(2);
    assertThat(data.label(1)).hasValue(99);
    assertThat(data.samples(1, 1).getDouble(0)).isCloseTo(0.4, within(1e-6));
    assertThatThrownBy(() -> read("cifar100:" + folder, Split.TEST, 1, ""))
        .hasMessageContaining("test.bin");
    write("test.bin", new byte[3073]);
    assertThatThrownBy(() -> read("cifar100:" + folder, Split.TEST, 1, ""))
        .hasMessageContaining("whole records of 3074 bytes");
  }

  @Test
  void timeSeriesAreFilledUpToTheLongest() throws IOException {
    String header = "# x\n@problemName p\n@classLabel true Low high\n@data\n";
    writeText("p_TRAIN.ts", header + "1,2,3:4,5,6:high\n7,8:9,10:Low\n");
    writeText("p_TEST.ts", header + "1,2,3,4:0,0,0,0:Low\n");
    Dataset training = read("ts:" + folder, Split.TRAINING, 9, "");
    assertThat(training.sampleShape()).containsExactly(4L, 2L);
    assertThat(training.samples(0, 2).toFloats())
        .containsExactly(1, 4, 2, 5, 3, 6, 0, 0, 7, 9, 8, 10, 0, 0, 0, 0);
    assertThat(training.label(0)).hasValue(1);
    assertThat(training.label(1)).hasValue(0);
    assertThat(read("ts:" + folder, Split.TEST, 9, "").size()).isEqualTo(1);
    assertThatThrownBy(() -> read("ts:" + folder, Split.TEST, 9, "unit"))
        .hasMessageContaining("leave out the preprocessing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2:LOW         | line 3: 'LOW' is none of the classes [low, high]",
        "1,?:low         | line 3: '?' is no number",
        "1:low%1:2:low   | line 4: 2 channels, not 1",
        "@timeStamps true | line 3: values with time stamps",
      })
  void aDamagedSeriesIsNamed(String lines, String expected) throws IOException {
    writeText("p_TEST.ts", "@classLabel true low high\n@data\n1:low\n");
    writeText("p_TRAIN.ts", "@classLabel true low high\n@data\n" + lines.replace('%', '\n') + "\n");
    assertThatThrownBy(() -> read("ts:" + folder, Split.TRAINING, 9, ""))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(expected);
  }

  private void writeText(String name, String text) throws IOException {
    write(name, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] content) throws IOException {
    try (OutputStream raw = Files.newOutputStream(folder.resolve(name));
        OutputStream out =
            name.endsWith(".gz")
                ? new GZIPOutputStream(raw)
                : name.endsWith(".xz") ? new XZOutputStream(raw, new LZMA2Options(0)) : raw) {
      out.write(content);
    }
  }

  @Test
  void idxFilesHaveLabels() throws IOException {
    ByteArrayOutputStream images = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(images);
    out.writeInt(0x0803);
    out.writeInt(2);
    out.writeInt(2);
    out.writeInt(3);
    out.write(new byte[] {0, 1, 2, 3, 4, 5, 51, 51, 51, 51, 51, (byte) 255});
    write("t10k-images-idx3-ubyte.gz", images.toByteArray());
    ByteArrayOutputStream labels = new ByteArrayOutputStream();
    out = new DataOutputStream(labels);
    out.writeInt(0x0801);
    out.writeInt(2);
    out.write(new byte[] {7, 9});
    write("t10k-labels-idx1-ubyte", labels.toByteArray());
    Dataset data = read("idx:" + folder, Split.TEST, 10, "");
    assertThat(data.size()).isEqualTo(2);
    assertThat(data.sampleShape()).containsExactly(1L, 2L, 3L);
    assertThat(data.samples(1, 1).getDouble(5)).isEqualTo(1);
    assertThat(data.samples(1, 1).getDouble(0)).isCloseTo(0.2, within(1e-6));
    assertThat(data.label(1)).hasValue(9);
    write("t10k-images-idx3-ubyte.gz", java.util.Arrays.copyOf(images.toByteArray(), 20));
    assertThatThrownBy(() -> read("idx:" + folder, Split.TEST, 10, ""))
        .hasMessageContaining("ends after 4 of 12 bytes");
  }

  @Test
  void foldersOfPicturesAreScaledAndSubFoldersAreClasses() throws IOException {
    for (String name : List.of("cat", "dog")) {
      Files.createDirectories(folder.resolve(name));
      for (int i = 0; i < 3; i++) {
        BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 4; x++) {
          image.setRGB(x, 0, 0xff8000);
          image.setRGB(x, 1, 0xff8000);
        }
        ImageIO.write(image, "png", folder.resolve(name).resolve(i + ".png").toFile());
      }
    }
    Dataset data = read("images:" + folder, Split.TEST, 4, "unit,size=6x8,order=bgr");
    assertThat(data.size()).isEqualTo(4);
    assertThat(data.sampleShape()).containsExactly(3L, 6L, 8L);
    assertThat(List.of(data.label(0), data.label(3)))
        .extracting(java.util.OptionalInt::getAsInt)
        .containsExactly(0, 1);
    assertThat(data.samples(2, 1).getDouble(0)).isZero();
    assertThat(data.samples(2, 1).getDouble(2 * 48 + 7)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cifar | is no source of data; expected npy:",
        "npy: | is no source of data",
        "mnist:here | is no source of data",
      })
  void sourcesOfAnotherFormAreRefused(String text, String message) {
    assertThatThrownBy(() -> DataSource.parse(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mean=a | cannot be read",
        "std=1:0 | a divisor is 0",
        "size=224 | cannot be read",
        "order=grb | cannot be read",
        "depth=3 | cannot be read",
      })
  void settingsOfAnotherFormAreRefused(String text, String message) {
    assertThatThrownBy(() -> Preprocessing.parse(text, Preprocessing.UNIT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThatThrownBy(() -> read("idx:" + folder.resolve("no"), Split.TEST, 1, ""))
        .hasMessageContaining("is no folder");
    assertThatThrownBy(() -> read("images:" + folder, Split.TEST, 1, ""))
        .hasMessageContaining("no .png or .jpg");
    assertThatThrownBy(() -> read("npy:" + folder.resolve("x.npy"), Split.TEST, 1, ""))
        .hasMessageContaining("x.npy: cannot be read");
  }
}
