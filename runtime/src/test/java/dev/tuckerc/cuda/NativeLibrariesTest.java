package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.DeviceException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

  /// A process of its own that compiles a kernel with a fresh cache; run several times at once.
  public static void main(String[] arguments) {
    int bytes =
        NvrtcCompiler.create(new TuckercCache(Path.of(arguments[0])))
            .compile("scale.cu", NvrtcCompilerTest.SCALE, "sm_90", List.of())
            .cubin()
            .length;
    System.out.println("compiled " + bytes + " in " + System.getProperty("java.io.tmpdir"));
  }

  @Test
  void severalProcessesUnpackAtOnce(@TempDir Path folder) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Djava.io.tmpdir=" + temporary,
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  NativeLibrariesTest.class.getName(),
                  folder.resolve("cache").toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("out" + i).toFile())
              .start());
    }
    for (int i = 0; i < processes.size(); i++) {
      processes.get(i).waitFor();
      assertThat(Files.readString(folder.resolve("out" + i)))
          .containsPattern("compiled \\d+ in " + temporary);
    }
    // Nothing is left behind: no half-written file, and JCuda put nothing in the temporary folder.
    assertThat(temporary.toFile().list()).isEmpty();
    try (var files = Files.walk(folder.resolve("cache"))) {
      assertThat(files.map(Path::toFile).filter(File::isFile).map(File::getName))
          .containsExactlyInAnyOrder("libnvrtc-builtins.so.12.9", "libnvrtc.so.12");
    }
  }

  /// Another library of the same size, put there by whoever could.
  @Test
  void aPlantedLibraryIsReplaced(@TempDir Path folder) throws Exception {
    TuckercCache cache = new TuckercCache(folder.resolve("cache"));
    Path library = NativeLibraries.unpack(cache, NativeLibraries.JCUDA_DRIVER);
    byte[] sound = Files.readAllBytes(library);
    byte[] planted = sound.clone();
    planted[planted.length / 2] ^= 1;
    Files.write(library, planted);
    assertThat(NativeLibraries.unpack(cache, NativeLibraries.JCUDA_DRIVER)).isEqualTo(library);
    assertThat(library).hasBinaryContent(sound);
    // A link is no library of ours either, whatever it leads to.
    Path elsewhere = Files.move(library, folder.resolve("elsewhere"));
    Files.createSymbolicLink(library, elsewhere);
    NativeLibraries.unpack(cache, NativeLibraries.JCUDA_DRIVER);
    assertThat(Files.isSymbolicLink(library)).isFalse();
  }

  @Test
  void theCacheIsForItsOwnerOnly(@TempDir Path folder) throws Exception {
    TuckercCache made = new TuckercCache(folder.resolve("made"));
    made.requirePrivate();
    assertThat(mode(made.root())).isEqualTo("rwx------");
    Path readable = folder(folder, "readable", "rwxr-xr-x");
    new TuckercCache(readable).requirePrivate();
    assertThat(mode(readable)).isEqualTo("rwx------");
    for (String mode : List.of("rwxrwx---", "rwx----w-", "rwxrwxrwx")) {
      Path shared = folder(folder, mode, mode);
      TuckercCache cache = new TuckercCache(shared);
      assertThatThrownBy(() -> NativeLibraries.unpack(cache, NativeLibraries.JCUDA_DRIVER))
          .isInstanceOf(DeviceException.class)
          .hasMessage(
              "cache folder "
                  + shared
                  + " may be written by others; remove it, or name another folder with"
                  + " TUCKERC_CACHE");
      assertThat(shared).isEmptyDirectory();
      KernelCache kernels = new KernelCache(shared, 1 << 20);
      kernels.put("ab".repeat(32), new CompiledKernel("ptx", new byte[0], Map.of(), ""));
      assertThat(kernels.get("ab".repeat(32))).isEmpty();
      assertThat(shared).isEmptyDirectory();
    }
  }

  @Test
  void anotherUsersCacheIsRefused(@TempDir Path folder) throws Exception {
    Path foreign = folder(folder, "foreign", "rwx------");
    try {
      Files.setAttribute(foreign, "unix:uid", 54321);
    } catch (IOException e) {
      assumeTrue(false, "only root may give a folder away");
    }
    TuckercCache cache = new TuckercCache(foreign);
    assertThatThrownBy(() -> NativeLibraries.unpack(cache, NativeLibraries.JCUDA_DRIVER))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("belongs to user 54321; name a folder of your own");
  }

  private static Path folder(Path parent, String name, String mode) throws IOException {
    Path made = Files.createDirectory(parent.resolve(name));
    return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path folder) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
  }
}
