package dev.tuckerc.onnx.importer;

import dev.tuckerc.onnx.exporter.GraphWriter;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.Assertions;

/// Damaged and malicious files are refused; they never crash, hang or exhaust memory.
public final class HostileModelsTest {
  private static final byte[] CNN = Models.smallCnn().build().toByteArray();
  private static final byte[] SHAPES =
      Models.opset(17)
          .input("x", "N", "4", "6")
          .weights("two", Tensor.ofLongs(List.of(1L), 2))
          .weights("axes", Tensor.ofLongs(List.of(1L), -1))
          .weights("index", Tensor.ofLongs(List.of(), 0))
          .node("Shape", List.of("x"), "s")
          .node("Gather", List.of("s", "index"), "n")
          .node("Unsqueeze", List.of("n", "axes0"), "n1")
          .weights("axes0", Tensor.ofLongs(List.of(1L), 0))
          .node("Concat", List.of("n1", "axes", "two"), "target", GraphWriter.attribute("axis", 0))
          .node("Reshape", List.of("x", "target"), "r")
          .node("Slice", List.of("r", "axes0", "two", "two"), "c")
          .node("Softmax", List.of("c"), "y")
          .output("y")
          .build()
          .toByteArray();

  @Property(tries = 3000)
  void mutatedModelsAreReadOrRefused(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = mutate(random.nextBoolean() ? CNN : SHAPES, random);
    Path file = Files.createTempFile("hostile", ".onnx");
    try {
      Files.write(file, bytes);
      OnnxImporter.read(file, ShapeBindings.NONE);
    } catch (OnnxException e) {
      Assertions.assertThat(e.getMessage()).contains(file.toString()).doesNotContain("\n");
    } catch (UnsupportedModelException e) {
      Assertions.assertThat(e.operators()).isNotEmpty();
    } finally {
      Files.delete(file);
    }
  }

  private static byte[] mutate(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0x7f : 0xff);
        default -> {
          int length = Math.min(1 + random.nextInt(16), bytes.length - at);
          int from = random.nextInt(bytes.length - length + 1);
          System.arraycopy(original, from, bytes, at, length);
        }
      }
    }
    return random.nextInt(10) == 0
        ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length))
        : bytes;
  }

  @Property(tries = 300)
  void arbitraryBytesAreRefused(@ForAll byte[] bytes) throws IOException {
    Path file = Files.createTempFile("hostile", ".onnx");
    try {
      Files.write(file, bytes);
      Assertions.assertThatThrownBy(() -> OnnxImporter.read(file, ShapeBindings.NONE))
          .isInstanceOf(OnnxException.class);
      Assertions.assertThatThrownBy(() -> OnnxTensors.read(file)).isInstanceOf(OnnxException.class);
    } finally {
      Files.delete(file);
    }
  }
}
