package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Unpacks native libraries from their jars and loads them, safely for several processes at once.
///
/// A library goes to `natives/<crc>-<size>/<file>`: the folder names its content, the file appears
/// by an atomic move, so whoever sees it sees all of it and no version ever overwrites another.
final class NativeLibraries {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

  static final String NVRTC_BUILTINS = "/org/bytedeco/cuda/linux-x86_64/libnvrtc-builtins.so.12.9";
  static final String NVRTC = "/org/bytedeco/cuda/linux-x86_64/libnvrtc.so.12";
  private static final String JCUDA_NVRTC = "/lib/libJNvrtc-12.6.0-linux-x86_64.so";
  private static final String JCUDA_DRIVER = "/lib/libJCudaDriver-12.6.0-linux-x86_64.so";

  private NativeLibraries() {}

  /// Loads NVRTC and JCuda's binding of it; a second call does nothing.
  ///
  /// @return the unpacked libnvrtc
  static synchronized Path loadNvrtc(TuckercCache cache) {
    requireSupportedPlatform();
    // libnvrtc opens its builtins by name: they must be in the process before it.
    load(unpack(cache, NVRTC_BUILTINS));
    Path nvrtc = unpack(cache, NVRTC);
    load(nvrtc);
    initializeJCuda(unpack(cache, JCUDA_NVRTC), "jcuda.nvrtc.JNvrtc");
    return nvrtc;
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

  private static void load(Path library) {
    try {
      System.load(library.toString());
    } catch (UnsatisfiedLinkError e) {
      throw new DeviceException("cannot load " + library + ": " + firstLine(e), e);
    }
  }

  static String firstLine(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.lines().findFirst().orElse(e.toString());
  }

  /// Unpacks a resource into the cache, unless it is there.
  static Path unpack(TuckercCache cache, String resource) {
    URL url = NativeLibraries.class.getResource(resource);
    String file = resource.substring(resource.lastIndexOf('/') + 1);
    if (url == null) {
      throw new DeviceException(
          file + " is not on the class path; the jar that holds it is missing from the build");
    }
    try {
      Identity identity = Identity.of(url);
      Path folder = cache.natives().resolve(identity.folderName());
      Path target = folder.resolve(file);
      if (Files.isRegularFile(target) && Files.size(target) == identity.bytes()) {
        return target;
      }
      Files.createDirectories(folder);
      LOG.info("unpacking {} ({} MB) to {}", file, identity.bytes() / 1_000_000, folder);
      Path temporary = Files.createTempFile(folder, file, ".tmp");
      try {
        try (InputStream in = url.openStream()) {
          Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
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
              + file
              + " to "
              + cache.natives()
              + ": "
              + e
              + "; set TUCKERC_CACHE to a writable folder with 250 MB free",
          e);
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

  /// What tells one version of a library from another: a jar's directory knows both numbers, so the
  /// 100 MB need not be read.
  record Identity(long crc, long bytes) {
    String folderName() {
      return "%08x-%d".formatted(crc, bytes);
    }

    static Identity of(URL url) throws IOException {
      URLConnection connection = url.openConnection();
      if (connection instanceof JarURLConnection jar) {
        var entry = jar.getJarEntry();
        if (entry != null && entry.getCrc() >= 0 && entry.getSize() >= 0) {
          return new Identity(entry.getCrc(), entry.getSize());
        }
      }
      CRC32 crc = new CRC32();
      long bytes = 0;
      byte[] chunk = new byte[1 << 16];
      try (InputStream in = connection.getInputStream()) {
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
          crc.update(chunk, 0, n);
          bytes += n;
        }
      }
      return new Identity(crc.getValue(), bytes);
    }
  }
}
