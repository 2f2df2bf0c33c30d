package dev.tuckerc.bundle.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.bundle.BundleException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever is on disk, reading ends in a bundle or a [BundleException], and soon.
class BundleFuzzTest {
  private static Path folder;
  private static Map<String, byte[]> sound;
  private static byte[] soundZip;

  @BeforeContainer
  static void writeSound() throws IOException {
    folder = Files.createTempDirectory("fuzz");
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("m"));
    sound = BundleTest.filesOf(folder.resolve("m"));
    BundleWriter.write(SampleBundle.bundle(), folder.resolve("m.zip"));
    soundZip = Files.readAllBytes(folder.resolve("m.zip"));
  }

  @AfterContainer
  static void delete() throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void readOrRefuse(Path path) {
    for (var mode : BundleReader.EditedKernels.values()) {
      try {
        BundleReader.read(path, mode);
      } catch (BundleException e) {
        assertThat(e.getMessage()).contains(path.toString()).doesNotContain("\n");
      }
    }
  }

  /// Flips, overwrites, removes, repeats or inserts a few pieces.
  private static byte[] mutate(byte[] bytes, Random random) {
    List<Byte> list = new ArrayList<>();
    for (byte b : bytes) {
      list.add(b);
    }
    for (int i = random.nextInt(4); i >= 0 && !list.isEmpty(); i--) {
      int at = random.nextInt(list.size());
      int length = Math.min(list.size() - at, 1 + random.nextInt(12));
      switch (random.nextInt(6)) {
        case 0 -> list.set(at, (byte) (list.get(at) ^ 1 << random.nextInt(8)));
        case 1 -> list.set(at, (byte) "0123456789-{}[]\",:eE.\\ntu".charAt(random.nextInt(25)));
        case 2 -> list.subList(at, at + length).clear();
        case 3 -> list.addAll(at, List.copyOf(list.subList(at, at + length)));
        case 4 -> list.subList(at, list.size()).clear();
        default -> list.add(at, (byte) random.nextInt(256));
      }
    }
    byte[] mutated = new byte[list.size()];
    for (int i = 0; i < mutated.length; i++) {
      mutated[i] = list.get(i);
    }
    return mutated;
  }

  @Property(tries = 600)
  void mutatedZip(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = soundZip.clone();
    if (random.nextBoolean()) {
      bytes = mutate(bytes, random);
    } else {
      // Most of a zip is content: aim at its directory, too.
      for (int i = random.nextInt(6); i >= 0; i--) {
        bytes[bytes.length - 1 - random.nextInt(900)] = (byte) random.nextInt(256);
      }
    }
    Path zip = folder.resolve("mutated.zip");
    Files.write(zip, bytes);
    readOrRefuse(zip);
  }

  /// Mutates one file and then makes sizes and hashes right, so that the mutation gets past them to
  /// the parsers and the validator.
  @Property(tries = 1500)
  void mutatedContentWithSoundHashes(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    Map<String, byte[]> files = new TreeMap<>(sound);
    List<String> names =
        List.of(
            "plan.json",
            "plan.json",
            "plan.json",
            "weights.safetensors",
            "kernels/first/kernel.json",
            "kernels/second/kernel.ptx",
            "kernels/second/kernel.cubin",
            "kernels/second/kernel.cu",
            "graph.ir");
    String name = names.get(random.nextInt(names.size()));
    files.put(name, mutate(files.get(name), random));
    List<ManifestFile.FileEntry> table = new ArrayList<>();
    files.remove(ManifestFile.PATH);
    files.forEach((path, bytes) ->
        table.add(new ManifestFile.FileEntry(path, bytes.length, Hashes.sha256(bytes))));
    Path path = folder.resolve("rehashed");
    writeAll(path, files, new ManifestFile(SampleBundle.manifest(), table).print(), name);
    readOrRefuse(path);
  }

  @Property(tries = 700)
  void mutatedManifestWithSoundHash(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    String text = new String(sound.get(ManifestFile.PATH), StandardCharsets.UTF_8);
    int end = text.lastIndexOf("\"sha256\"");
    // One in a hundred stays as it is, to show that such a manifest is read.
    boolean untouched = random.nextInt(100) == 0;
    byte[] before = text.substring(0, end).getBytes(StandardCharsets.UTF_8);
    String head =
        new String(untouched ? before : mutate(before, random), StandardCharsets.ISO_8859_1);
    String zeros = head + "\"sha256\" : \"" + "0".repeat(64) + "\"\n}\n";
    String manifest = zeros.replace("0".repeat(64), Hashes.sha256(zeros));
    Map<String, byte[]> files = new TreeMap<>(sound);
    files.remove(ManifestFile.PATH);
    Path path = folder.resolve("remade");
    writeAll(path, files, manifest, ManifestFile.PATH);
    if (untouched) {
      BundleReader.read(path);
    }
    readOrRefuse(path);
  }

  /// Writes what changed since the last time, and the rest once.
  private static void writeAll(
      Path path, Map<String, byte[]> files, String manifest, String changed) throws IOException {
    for (var file : files.entrySet()) {
      Path target = path.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      if (file.getKey().equals(changed)
          || !Files.exists(target)
          || !java.util.Arrays.equals(Files.readAllBytes(target), file.getValue())) {
        Files.write(target, file.getValue());
      }
    }
    Files.writeString(path.resolve(ManifestFile.PATH), manifest);
  }
}
