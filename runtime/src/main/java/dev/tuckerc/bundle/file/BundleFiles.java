package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.BundlePaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The files of a bundle on disk: a folder's or a zip's. Only paths that [BundlePaths#isSafe]
/// accepts are ever asked for.
sealed interface BundleFiles extends AutoCloseable {

  /// The bundle's path and a file's, for messages.
  String describe(String path);

  /// Size of a file in bytes.
  long size(String path);

  /// The content of a file.
  InputStream open(String path) throws IOException;

  @Override
  void close() throws IOException;

  /// @throws BundleException when there is no folder and no zip at this path
  static BundleFiles of(Path bundle) {
    if (Files.isDirectory(bundle)) {
      return new Folder(bundle);
    }
    if (!Files.exists(bundle)) {
      throw new BundleException(
          bundle.toString(), "no such file or folder", "name a bundle written by tuckerc compile");
    }
    return Zip.open(bundle);
  }

  private static BundleException missing(BundleFiles files, String path) {
    return BundleException.damaged(files.describe(path), "the file is missing");
  }

  /// A folder. Symbolic links are refused: they could lead out of it.
  record Folder(Path root) implements BundleFiles {
    @Override
    public String describe(String path) {
      return root.resolve(path).toString();
    }

    @Override
    public long size(String path) {
      Path at = root;
      try {
        for (String component : path.split("/", -1)) {
          at = at.resolve(component);
          if (Files.isSymbolicLink(at)) {
            throw new BundleException(
                at.toString(), "is a symbolic link", "put the file itself in its place");
          }
        }
        BasicFileAttributes attributes =
            Files.readAttributes(at, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
          throw BundleException.damaged(describe(path), "is not a plain file");
        }
        return attributes.size();
      } catch (NoSuchFileException e) {
        throw missing(this, path);
      } catch (IOException e) {
        throw new BundleException(
            describe(path), "cannot be read (" + e + ")", "check its permissions", e);
      }
    }

    @Override
    public InputStream open(String path) throws IOException {
      return Files.newInputStream(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void close() {}
  }

  /// A zip whose entries are stored, not compressed: so no entry can be larger than the file.
  record Zip(Path path, ZipFile zip, Map<String, ZipEntry> entries) implements BundleFiles {

    static Zip open(Path path) {
      String name = path.toString();
      try {
        byte[] head;
        try (InputStream in = Files.newInputStream(path)) {
          head = in.readNBytes(4);
        }
        if (head.length < 4 || head[0] != 'P' || head[1] != 'K' || head[2] != 3 || head[3] != 4) {
          throw new BundleException(
              name,
              head.length == 0 ? "the file is empty" : "this is no tuckerc bundle",
              "name a bundle written by tuckerc compile");
        }
        ZipFile zip = new ZipFile(path.toFile());
        try {
          return new Zip(path, zip, entries(name, zip, Files.size(path)));
        } catch (RuntimeException e) {
          zip.close();
          throw e;
        }
      } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new BundleException(
            name, "is no readable zip (" + e.getMessage() + ")", BundleException.REWRITE, e);
      }
    }

    private static Map<String, ZipEntry> entries(String name, ZipFile zip, long fileBytes) {
      Map<String, ZipEntry> entries = new HashMap<>();
      long total = 0;
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (entry.isDirectory()) {
          continue;
        }
        String where = name + "!" + entry.getName();
        if (!BundlePaths.isSafe(entry.getName())) {
          throw BundleException.damaged(where, "the path leaves the bundle or is not plain");
        }
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
          throw new BundleException(
              where, "is compressed", "store it without compression (zip -0)");
        }
        total += entry.getSize();
        if (entry.getSize() < 0 || total > fileBytes) {
          throw BundleException.damaged(where, "the entries are larger than the file");
        }
        if (entries.put(entry.getName(), entry) != null) {
          throw BundleException.damaged(where, "is there twice");
        }
      }
      return entries;
    }

    @Override
    public String describe(String file) {
      return path + "!" + file;
    }

    @Override
    public long size(String file) {
      return entry(file).getSize();
    }

    @Override
    public InputStream open(String file) throws IOException {
      InputStream in = zip.getInputStream(entry(file));
      if (in == null) {
        throw missing(this, file);
      }
      return in;
    }

    private ZipEntry entry(String file) {
      ZipEntry entry = entries.get(file);
      if (entry == null) {
        throw missing(this, file);
      }
      return entry;
    }

    @Override
    public void close() throws IOException {
      zip.close();
    }
  }
}
