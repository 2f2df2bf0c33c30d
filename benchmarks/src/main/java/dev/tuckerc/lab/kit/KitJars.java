package dev.tuckerc.lab.kit;

import dev.tuckerc.cli.console.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Reduces the jars of the class path to what the kit needs: libraries that nothing in the kit
/// calls are left out, and of the native libraries those of other platforms and purposes. The jars
/// are written without compression, so that the archive around them compresses better, and with
/// fixed times and order, so that the same jars give the same bytes.
///
/// Licence texts in the jars are copied to a folder of their own. Every jar packed has to be named
/// in the kit's NOTICE.
public final class KitJars {
  /// What jars of these names are for: ND4J and what it brings (float32 reference evaluation on the
  /// host), libtorch (training), and JMH with what it brings.
  private static final Pattern LEFT_OUT =
      Pattern.compile("(nd4j|pytorch|guava|flatbuffers|commons|jmh|jopt-simple)-.*");

  private static final Pattern ND4J_PATH = Pattern.compile(".*/org/nd4j/.*");

  /// The native libraries that are loaded; the jars hold more.
  private static final Set<String> NATIVES =
      Set.of(
          "org/bytedeco/cuda/linux-x86_64/libnvrtc.so.12",
          "org/bytedeco/cuda/linux-x86_64/libnvrtc-builtins.so.12.9",
          "lib/libJCudaDriver-12.6.0-linux-x86_64.so",
          "org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so",
          "org/bytedeco/openblas/linux-x86_64/libjniopenblas.so",
          "org/bytedeco/openblas/linux-x86_64/libjniopenblas_nolapack.so",
          "org/bytedeco/openblas/linux-x86_64/libopenblas.so.0",
          "org/bytedeco/openblas/linux-x86_64/libgfortran.so.5",
          "org/bytedeco/openblas/linux-x86_64/libquadmath.so.0",
          "org/bytedeco/openblas/linux-x86_64/libgcc_s.so.1",
          "org/jline/nativ/Linux/x86_64/libjlinenative.so");

  private static final Pattern NATIVE = Pattern.compile(".*\\.(so(\\.[0-9.]+)?|dll|jnilib|dylib)");

  /// What only builds and native-image read, and what reads pictures, for which the packed Java
  /// would need its desktop module. JavaCPP compares versions in `pom.properties`.
  private static final Pattern BUILD_FILES =
      Pattern.compile(
          "META-INF/(native-image|proguard)/.*|META-INF/maven/.*(?<!pom\\.properties)|.*module-info\\.class|.*\\.proto"
              + "|org/bytedeco/[^/]+/linux-x86_64/(include|lib)/.*"
              + "|META-INF/(BenchmarkList|CompilerHints)|dev/tuckerc/benchmarks/.*"
              + "|dev/tuckerc/data/ImageFolder.*");

  private static final Pattern LICENCE =
      Pattern.compile("(META-INF/)?(LICENSE|NOTICE|COPYING)[^/]*", Pattern.CASE_INSENSITIVE);

  private static final Pattern VERSION = Pattern.compile("-[0-9][0-9.].*$");

  /// 1980-01-01, the first time that a zip can name.
  private static final FileTime TIME = FileTime.fromMillis(315_532_800_000L);

  private final Path libraries;
  private final Path licences;
  private final String notice;

  private KitJars(Path libraries, Path licences, String notice) {
    this.libraries = libraries;
    this.licences = licences;
    this.notice = notice;
  }

  /// Called by `pack-kit.sh`.
  ///
  /// @param args folder for jars, folder for licence texts, file of the notice, class path
  public static void main(String[] args) throws IOException {
    int exit = run(args, System.err);
    if (exit != ExitCode.OK) {
      Runtime.getRuntime().exit(exit);
    }
  }

  static int run(String[] args, PrintStream err) throws IOException {
    if (args.length != 4) {
      err.println("usage: KitJars LIBRARIES LICENCES NOTICE CLASSPATH");
      return ExitCode.USAGE;
    }
    KitJars packing =
        new KitJars(Path.of(args[0]), Path.of(args[1]), Files.readString(Path.of(args[2])));
    List<String> unnamed = new ArrayList<>();
    for (String entry : args[3].split(":")) {
      Path jar = Path.of(entry);
      if (isPacked(jar)) {
        packing.pack(jar);
        if (!packing.isNamed(jar)) {
          unnamed.add(artifact(jar));
        }
      }
    }
    if (!unnamed.isEmpty()) {
      err.println(
          "pack-kit: error: packed but not named in "
              + args[2]
              + ": "
              + unnamed
              + "; add a line with its licence and source for each");
      return ExitCode.USAGE;
    }
    return ExitCode.OK;
  }

  /// Whether a jar of the class path belongs into the kit.
  static boolean isPacked(Path jar) {
    return !LEFT_OUT.matcher(String.valueOf(jar.getFileName())).matches()
        && !ND4J_PATH.matcher(jar.toString()).matches();
  }

  /// Whether an entry of a jar belongs into the kit.
  static boolean isPackedEntry(String name) {
    if (name.endsWith("/") || BUILD_FILES.matcher(name).matches()) {
      return false;
    }
    return !NATIVE.matcher(name).matches() || NATIVES.contains(name);
  }

  private boolean isNamed(Path jar) {
    return notice.contains("`" + artifact(jar) + "`");
  }

  /// A jar's name without its version.
  private static String artifact(Path jar) {
    return VERSION.matcher(String.valueOf(jar.getFileName())).replaceFirst("");
  }

  private void pack(Path jar) throws IOException {
    Path target = libraries.resolve(String.valueOf(jar.getFileName()));
    try (ZipFile source = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(target);
        ZipOutputStream out = new ZipOutputStream(file)) {
      out.setMethod(ZipOutputStream.STORED);
      List<? extends ZipEntry> entries =
          source.stream()
              .filter(entry -> isPackedEntry(entry.getName()))
              // The manifest comes first in a jar.
              .sorted(
                  Comparator.comparing((ZipEntry e) -> !e.getName().equals("META-INF/MANIFEST.MF"))
                      .thenComparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        byte[] content = source.getInputStream(entry).readAllBytes();
        out.putNextEntry(stored(entry.getName(), content));
        out.write(content);
        out.closeEntry();
        if (LICENCE.matcher(entry.getName()).matches()) {
          saveLicence(artifact(jar), entry.getName(), content);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot repack " + jar + " to " + target, e);
    }
  }

  private static ZipEntry stored(String name, byte[] content) {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(TIME.toInstant().atOffset(java.time.ZoneOffset.UTC).toLocalDateTime());
    return entry;
  }

  private void saveLicence(String artifact, String name, byte[] content) throws IOException {
    Path folder = Files.createDirectories(licences.resolve(artifact));
    Files.write(folder.resolve(name.substring(name.lastIndexOf('/') + 1)), content);
  }
}
