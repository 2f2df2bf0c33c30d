package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Unpacks native libraries from their jars and loads them, safely for several processes at once.
///
/// A library goes to `natives/<version>/<file>` in the cache, which only this user may enter. The
/// file appears by an atomic move, so whoever sees it sees all of it; its content is checked
/// against its hash before it is loaded, and put right where it differs.
final class NativeLibraries {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

  /// A library in a jar on the class path.
  ///
  /// @param resource where it is
  /// @param version its folder in the cache
  /// @param sha256 of its content
  record Library(String resource, String version, String sha256) {
    String file() {
      return resource.substring(resource.lastIndexOf('/') + 1);
    }
  }

  /// Release of the NVRTC shipped.
  static final String NVRTC_RELEASE = "12.9";

  static final Library NVRTC_BUILTINS =
      new Library(
          "/org/bytedeco/cuda/linux-x86_64/libnvrtc-builtins.so.12.9",
          "cuda-12.9",
          "6507cf33450cfb22970c2c1e7aa8e7c0a33e39d864720277b05f61a92791e2e8");
  static final Library NVRTC =
      new Library(
          "/org/bytedeco/cuda/linux-x86_64/libnvrtc.so.12",
          "cuda-12.9",
          "c3430e8b6b0d8d3a74f5f839118a85e13e3ad6e4d6203ea1b6a27a0c0b4fe10a");
  static final Library JCUDA_DRIVER =
      new Library(
          "/lib/libJCudaDriver-12.6.0-linux-x86_64.so",
          "jcuda-12.6.0",
          "fdc3b4b4fca4f0fab54ff12c0b4d6ad1c5e8d55015b4950834c705e5db301255");

  private NativeLibraries() {}

  /// Unpacks NVRTC, and beside it its builtins, which it opens by name.
  ///
  /// @return the unpacked libnvrtc
  static synchronized Path nvrtc(TuckercCache cache) {
    requireSupportedPlatform();
    unpack(cache, NVRTC_BUILTINS);
    return unpack(cache, NVRTC);
  }

  /// Loads JCuda's binding of the driver. Call it only where `libcuda.so.1` is known to be good.
  static synchronized void loadDriver(TuckercCache cache) {
    requireSupportedPlatform();
    initializeJCuda(unpack(cache, JCUDA_DRIVER), "jcuda.driver.JCudaDriver");
  }

  static boolean supportedPlatform() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  private static void requireSupportedPlatform() {
    if (!supportedPlatform()) {
      throw new DeviceException(
          "the CUDA libraries shipped are for Linux on x86-64, this is "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch"));
    }
  }

  /// JCuda unpacks its library to a fixed name in `java.io.tmpdir`, without a lock, unless that
  /// file exists. So it is put there beforehand, whole, and the property points to our folder while
  /// JCuda's class initialises, and only then.
  private static void initializeJCuda(Path library, String className) {
    try {
      // The JDK reads java.io.tmpdir once: make it do so before the property changes.
      Files.deleteIfExists(Files.createTempFile("tuckerc", null));
    } catch (IOException e) {
      LOG.debug("java.io.tmpdir is not writable: {}", e.toString());
    }
    String before = System.getProperty("java.io.tmpdir");
    try {
      System.setProperty("java.io.tmpdir", parent(library).toString());
      Class.forName(className, true, NativeLibraries.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new DeviceException("cannot load " + library + ": " + firstLine(e), e);
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  static String firstLine(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.lines().findFirst().orElse(e.toString());
  }

  /// Unpacks a library into the cache, unless it is there as it should be.
  static Path unpack(TuckercCache cache, Library library) {
    URL url = NativeLibraries.class.getResource(library.resource());
    if (url == null) {
      throw new DeviceException(
          library.file()
              + " is not on the class path; the jar that holds it is missing from the build");
    }
    try {
      PrivateFolder.require(cache.root());
      Path folder = cache.natives().resolve(library.version());
      Files.createDirectories(folder);
      Path target = folder.resolve(library.file());
      if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
        if (sha256(target).equals(library.sha256())) {
          return target;
        }
        LOG.warn("{} is not what it should be and is unpacked again", target);
      }
      LOG.info("unpacking {} to {}", library.file(), folder);
      Path temporary = Files.createTempFile(folder, library.file(), ".tmp");
      try {
        try (InputStream in = url.openStream()) {
          Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!sha256(temporary).equals(library.sha256())) {
          throw new DeviceException(
              library.file() + " on the class path is not the one this version of tuckerc is for");
        }
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
        moveIntoPlace(temporary, target);
      } finally {
        Files.deleteIfExists(temporary);
      }
      return target;
    } catch (IOException e) {
      throw new DeviceException(
          "cannot unpack "
              + library.file()
              + " to "
              + cache.natives()
              + ": "
              + e
              + "; set TUCKERC_CACHE to a writable folder with 250 MB free",
          e);
    }
  }

  /// SHA-256 of a file, in hexadecimal digits.
  static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[1 << 16];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Moves a finished file to its name in one step, replacing what is there.
  static void moveIntoPlace(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }
}
