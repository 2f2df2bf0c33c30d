package dev.tuckerc.lab.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KitJarsTest {
  @TempDir Path folder;

  @Test
  void leavesOutNd4jAndJmhWithWhatTheyBring() {
    assertThat(
            Stream.of(
                "/m2/org/nd4j/nd4j-native/1/nd4j-native-1-linux-x86_64.jar",
                "/m2/org/nd4j/protobuf/1/protobuf-1.jar",
                "/m2/org/apache/commons/commons-math3/3/commons-math3-3.6.1.jar",
                "/m2/jmh-core-1.37.jar"))
        .noneMatch(jar -> KitJars.isPacked(Path.of(jar)));
    assertThat(Stream.of("/m2/protobuf-java-4.36.2.jar", "/m2/openblas-0.3.31-1.5.13.jar"))
        .allMatch(jar -> KitJars.isPacked(Path.of(jar)));
  }

  @Test
  void keepsOnlyTheNativeLibrariesThatAreLoaded() {
    assertThat(
            Stream.of(
                "org/bytedeco/cuda/linux-x86_64/libnvrtc.so.12",
                "lib/libJCudaDriver-12.6.0-linux-x86_64.so",
                "META-INF/maven/org.bytedeco/openblas/pom.properties",
                "META-INF/services/dev.tuckerc.device.DeviceProvider",
                "META-INF/versions/9/some/Type.class"))
        .allMatch(KitJars::isPackedEntry);
    assertThat(
            Stream.of(
                "org/bytedeco/cuda/linux-x86_64/libcufft.so.11",
                "lib/libJNvPTXCompiler-12.6.0-linux-x86_64.so",
                "org/jline/nativ/Windows/x86_64/jlinenative.dll",
                "org/bytedeco/openblas/linux-x86_64/include/cblas.h",
                "META-INF/versions/9/module-info.class",
                "META-INF/maven/a/pom.xml",
                "dev/"))
        .noneMatch(KitJars::isPackedEntry);
  }

  @Test
  void writesTheSameBytesWhateverTheOrderAndTimesInTheJar() throws IOException {
    Path one = jar("one/example-1.0.jar", 1_000_000_000_000L, "b", "META-INF/MANIFEST.MF", "a");
    Path two = jar("two/example-1.0.jar", 1_700_000_000_000L, "a", "b", "META-INF/MANIFEST.MF");
    assertThat(pack(one, "`example`")).isEmpty();
    byte[] first = Files.readAllBytes(folder.resolve("lib/example-1.0.jar"));
    assertThat(pack(two, "`example`")).isEmpty();
    Path packed = folder.resolve("lib/example-1.0.jar");
    assertThat(Files.readAllBytes(packed)).isEqualTo(first);
    try (ZipFile zip = new ZipFile(packed.toFile())) {
      List<? extends ZipEntry> entries = zip.stream().toList();
      assertThat(entries)
          .extracting(ZipEntry::getName)
          .containsExactly("META-INF/MANIFEST.MF", "a", "b");
      assertThat(entries).allMatch(entry -> entry.getMethod() == ZipEntry.STORED);
    }
  }

  @Test
  void aJarHasToBeNamedInTheNoticeAndItsLicenceIsCopied() throws IOException {
    Path jar = jar("one/example-core-1.0.jar", 0, "META-INF/LICENSE.txt");
    assertThat(pack(jar, "`example`")).contains("not named").contains("[example-core]");
    assertThat(folder.resolve("licences/example-core/LICENSE.txt"))
        .hasContent("META-INF/LICENSE.txt");
  }

  private String pack(Path jar, String noticeText) throws IOException {
    Path notice = Files.writeString(folder.resolve("NOTICE.md"), noticeText);
    Path libraries = Files.createDirectories(folder.resolve("lib"));
    Path licences = Files.createDirectories(folder.resolve("licences"));
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] args = {libraries.toString(), licences.toString(), notice.toString(), jar.toString()};
    int exit = KitJars.run(args, new PrintStream(err, true, StandardCharsets.UTF_8));
    String message = err.toString(StandardCharsets.UTF_8);
    assertThat(exit == 0).isEqualTo(message.isEmpty());
    return message;
  }

  private Path jar(String name, long time, String... entries) throws IOException {
    Path jar = folder.resolve(name);
    Files.createDirectories(jar.getParent());
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String entry : entries) {
        ZipEntry header = new ZipEntry(entry);
        header.setTime(time);
        out.putNextEntry(header);
        out.write(entry.getBytes(StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
    return jar;
  }
}
