package dev.tuckerc.bundle.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
  @TempDir Path folder;

  static Map<String, byte[]> filesOf(Path root) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @ParameterizedTest
  @ValueSource(strings = {"m.bundle", "m.zip"})
  void roundTrip(String name) throws Exception {
    Bundle written = SampleBundle.bundle();
    Path path = folder.resolve(name);
    BundleWriter.write(written, path);
    Bundle read = BundleReader.read(path);
    assertThat(read.manifest()).isEqualTo(written.manifest());
    assertThat(read.graph()).isEqualTo(written.graph());
    assertThat(read.plan()).isEqualTo(written.plan());
    assertThat(read.kernels()).isEqualTo(written.kernels());
    assertThat(read.trace()).isEqualTo(written.trace());
    assertThat(read.editedKernels()).isEmpty();
    assertThat(read.weights().keySet()).isEqualTo(written.weights().keySet());
    read.weights()
        .forEach((n, t) -> assertThat(t.sameContent(written.weights().get(n))).as(n).isTrue());
    assertThat(read.weights().get("bias").toFloats()).containsExactly(1, 2, 3, 4);
    assertThat(BundleReader.isBundle(path)).isTrue();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(path);
    }
  }

  @Test
  void sameBundleSameBytes() throws Exception {
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("a.zip"));
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("a"));
    Thread.sleep(10);
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("b.zip"));
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("b"));
    assertThat(Files.mismatch(folder.resolve("a.zip"), folder.resolve("b.zip"))).isEqualTo(-1);
    Map<String, byte[]> a = filesOf(folder.resolve("a"));
    Map<String, byte[]> b = filesOf(folder.resolve("b"));
    assertThat(a.keySet()).isEqualTo(b.keySet()).contains("kernels/first/kernel.cu");
    a.forEach((name, bytes) -> assertThat(b.get(name)).as(name).isEqualTo(bytes));
  }

  @Test
  void everyFlippedByteIsRefused() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    for (var file : filesOf(path).entrySet()) {
      Path target = path.resolve(file.getKey());
      byte[] sound = file.getValue();
      for (int i = 0; i < sound.length; i++) {
        byte[] damaged = sound.clone();
        damaged[i] ^= 1 << (i % 8);
        Files.write(target, damaged);
        assertThatThrownBy(() -> BundleReader.read(path))
            .as("%s byte %d", file.getKey(), i)
            .isInstanceOf(BundleException.class)
            .hasMessageStartingWith(path.toString())
            .hasMessageNotContaining("\n");
      }
      Files.write(target, sound);
    }
    BundleReader.read(path);
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    for (String name : List.of("m", "m.zip")) {
      Path path = folder.resolve(name);
      BundleWriter.write(SampleBundle.bundle(), path);
      Path target = name.equals("m") ? path.resolve("weights.safetensors") : path;
      byte[] sound = Files.readAllBytes(target);
      for (int length = 0; length < sound.length; length += 7) {
        Files.write(target, java.util.Arrays.copyOf(sound, length));
        assertThatThrownBy(() -> BundleReader.read(path)).isInstanceOf(BundleException.class);
      }
    }
  }

  @Test
  void versionIsCheckedFirst() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    Path manifest = path.resolve("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"version\" : 3", "\"version\" : 4, \"more\" : 1"));
    assertThatThrownBy(() -> BundleReader.read(path))
        .hasMessage(
            manifest
                + ": format version 4 is not 3; update tuckerc, or write the bundle with this"
                + " version");
    Files.writeString(manifest, text.replace("tuckerc bundle", "other format"));
    assertThatThrownBy(() -> BundleReader.read(path))
        .hasMessageContaining("this is no tuckerc bundle");
  }

  @Test
  void foreignFilesAreRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("text.bundle"), "hello");
    assertThatThrownBy(() -> BundleReader.read(text))
        .hasMessage(text + ": this is no tuckerc bundle; name a bundle written by tuckerc compile");
    Path empty = Files.createFile(folder.resolve("empty.zip"));
    assertThatThrownBy(() -> BundleReader.read(empty)).hasMessageContaining("the file is empty");
    assertThatThrownBy(() -> BundleReader.read(folder.resolve("none")))
        .hasMessageContaining("no such file or folder");
    assertThatThrownBy(() -> BundleReader.read(folder))
        .hasMessageContaining("manifest.json: is missing");
    assertThat(BundleReader.isBundle(text)).isFalse();
    assertThat(BundleReader.isBundle(folder.resolve("none"))).isFalse();
  }

  @Test
  void missingFileIsNamed() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    Files.delete(path.resolve("kernels/first/kernel.ptx"));
    assertThatThrownBy(() -> BundleReader.read(path))
        .hasMessageContaining("kernels/first/kernel.ptx: the file is missing");
  }

  @Test
  void editedKernelNeedsRecompiling() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    Path source = path.resolve("kernels/first/kernel.cu");
    Files.writeString(source, Files.readString(source) + "// edited\n");
    assertThatThrownBy(() -> BundleReader.read(path))
        .hasMessageContaining("kernels/first/kernel.cu: was changed")
        .hasMessageContaining("--recompile");
    Bundle read = BundleReader.read(path, BundleReader.EditedKernels.ACCEPT);
    assertThat(read.editedKernels()).containsExactly("first");
    assertThat(read.kernels().getFirst().source()).endsWith("// edited\n");
  }

  @Test
  void symbolicLinksAreRefused() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    Path outside = Files.move(path.resolve("kernels"), folder.resolve("outside"));
    Files.createSymbolicLink(path.resolve("kernels"), outside);
    assertThatThrownBy(() -> BundleReader.read(path)).hasMessageContaining("is a symbolic link");
    Files.delete(path.resolve("kernels"));
    Files.move(outside, path.resolve("kernels"));
    Path graph = Files.move(path.resolve("graph.ir"), folder.resolve("graph"));
    Files.createSymbolicLink(path.resolve("graph.ir"), graph);
    assertThatThrownBy(() -> BundleReader.read(path)).hasMessageContaining("is a symbolic link");
  }

  @Test
  void otherFilesInTheFolderAreLeftAlone() throws Exception {
    Path path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
    Files.writeString(path.resolve("notes.txt"), "mine");
    Files.writeString(path.resolve("kernels/first/kernel.cu~"), "backup");
    BundleReader.read(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../escape", "/etc/passwd", "a/../../b", "C:\\x", "kernels/../../x", "a//b"})
  void zipPathsStayInside(String entry) throws Exception {
    Path zip = folder.resolve("m.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      stored(out, entry, new byte[] {1});
    }
    assertThatThrownBy(() -> BundleReader.read(zip))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("leaves the bundle or is not plain");
  }

  @Test
  void compressedZipIsRefused() throws Exception {
    Path zip = folder.resolve("m.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("manifest.json"));
      out.write(new byte[1 << 24]);
      out.closeEntry();
    }
    assertThatThrownBy(() -> BundleReader.read(zip)).hasMessageContaining("is compressed");
  }

  @Test
  void zipEntryTwiceIsRefused() throws Exception {
    Path zip = folder.resolve("m.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      stored(out, "manifest.json", new byte[] {1});
      stored(out, "manifest.jsom", new byte[] {1});
    }
    String text = Files.readString(zip, java.nio.charset.StandardCharsets.ISO_8859_1);
    Files.writeString(
        zip, text.replace("jsom", "json"), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> BundleReader.read(zip)).hasMessageContaining("is there twice");
  }

  private static void stored(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  @Test
  void onlyBundlesAreReplaced() throws Exception {
    Path path = folder.resolve("m");
    Files.createDirectory(path);
    BundleWriter.write(SampleBundle.bundle(), path); // an empty folder
    BundleWriter.write(SampleBundle.bundle(), path); // a bundle

    Path mine = Files.createDirectory(folder.resolve("mine"));
    Files.writeString(mine.resolve("thesis.txt"), "years of work");
    assertThatThrownBy(() -> BundleWriter.write(SampleBundle.bundle(), mine))
        .hasMessageContaining("exists and is not a bundle");
    assertThat(mine.resolve("thesis.txt")).hasContent("years of work");
    Path zip = Files.writeString(folder.resolve("photos.zip"), "photos");
    assertThatThrownBy(() -> BundleWriter.write(SampleBundle.bundle(), zip))
        .hasMessageContaining("exists and is not a bundle");
  }

  @Test
  void unwritableOutputIsOneLine() throws Exception {
    assertThatThrownBy(
            () -> BundleWriter.write(SampleBundle.bundle(), folder.resolve("no/such/m.bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("there is no folder");
    assertThatThrownBy(() -> BundleWriter.write(SampleBundle.bundle(), Path.of("/proc/m.bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("/proc/m.bundle: cannot be written");
  }

  /// Runs in a process whose files may not grow beyond a few blocks.
  public static void main(String[] arguments) {
    Bundle small = SampleBundle.bundle();
    Bundle large =
        new Bundle(
            small.manifest(),
            "x".repeat(1 << 20),
            small.plan(),
            small.kernels(),
            small.weights(),
            Map.of());
    try {
      BundleWriter.write(large, Path.of(arguments[0]));
      System.out.println("written");
    } catch (BundleException e) {
      System.out.println(e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"m.bundle", "m.zip"})
  void fullDiskLeavesNothingBehind(String name) throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                "ulimit -f 64; exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                BundleTest.class.getName(),
                out.resolve(name).toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains(name + ": cannot be written (").contains("check free space");
    assertThat(out).isEmptyDirectory();
  }
}
