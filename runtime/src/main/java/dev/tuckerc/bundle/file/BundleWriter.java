package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.BundlePaths;
import dev.tuckerc.bundle.BundleValidator;
import dev.tuckerc.bundle.KernelInterfaces;
import dev.tuckerc.bundle.KernelRecord;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// Writes bundles: a zip when the path ends in `.zip`, else a folder.
///
/// The same bundle always gives the same bytes. Everything is first written beside the target and
/// then moved to it, so a full disk or a crash leaves no half-written bundle under its name. What
/// is at the target is replaced only when it is a bundle, too, and nothing but a bundle.
public final class BundleWriter {
  /// The earliest time a zip can hold; no bundle knows when it was written.
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private BundleWriter() {}

  /// Something that can be written more than once, always the same.
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /// Writes a bundle.
  ///
  /// @throws BundleException when its parts contradict each other or it cannot be written
  public static void write(Bundle bundle, Path target) {
    write(bundle, target, new KernelInterfaces());
  }

  /// As [#write(Bundle, Path)].
  ///
  /// @param interfaces asked, and told, what the bundle's kernels ask of a launch
  public static void write(Bundle bundle, Path target, KernelInterfaces interfaces) {
    BundleValidator.validate(bundle, target + "/", interfaces);
    Set<String> replaced = requireWritable(target);
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = Objects.requireNonNull(absolute.getParent());
    Path fileName = Objects.requireNonNull(absolute.getFileName());
    try {
      Path work = Files.createTempDirectory(parent, "." + fileName + ".");
      Path made = work.resolve("new");
      Path old = work.resolve("old");
      try {
        Map<String, Content> files = files(bundle, target);
        // Weights take long to hash: the files are written meanwhile.
        CompletableFuture<List<ManifestFile.FileEntry>> table =
            CompletableFuture.supplyAsync(() -> table(files));
        Content manifest =
            out -> text(new ManifestFile(bundle.manifest(), table.join()).print()).writeTo(out);
        if (fileName.toString().endsWith(".zip")) {
          writeZip(files, manifest, made);
        } else {
          writeFolder(files, manifest, made);
        }
        replace(made, absolute, old);
        remove(old, replaced);
      } finally {
        deleteOwn(made);
        // What is left in it was put there by someone else meanwhile.
        if (!Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(work);
        }
      }
    } catch (IOException e) {
      throw new BundleException(
          target.toString(),
          "cannot be written (" + reason(e) + ")",
          "check free space and permissions, or name another output",
          e);
    }
  }

  /// Checks that a bundle can be written to a place, before the work of making one.
  ///
  /// @return the files that are removed when it takes the place of an older one
  /// @throws BundleException when its folder is missing or not writable, or something else is there
  public static Set<String> requireWritable(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null || absolute.getFileName() == null) {
      throw new BundleException(target.toString(), "is the root folder", "name another output");
    }
    if (!Files.isDirectory(parent)) {
      throw new BundleException(
          target.toString(), "there is no folder " + parent, "make it, or name another output");
    }
    if (!Files.isWritable(parent)) {
      throw new BundleException(
          target.toString(),
          "cannot be written (no files can be made in " + parent + ")",
          "check its permissions, or name another output");
    }
    return replaceableFiles(target);
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no files can be made in its folder";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return message == null ? e.toString() : message;
  }

  /// The files that are removed when a bundle takes the place of what is at the target.
  ///
  /// @throws BundleException where that is no bundle, or holds files that no bundle wrote
  private static Set<String> replaceableFiles(Path target) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS) || isEmptyFolder(target)) {
      return Set.of();
    }
    if (!BundleReader.isBundle(target)) {
      throw new BundleException(
          target.toString(),
          "exists and is not a bundle, so it is not replaced",
          "remove it, or name another output");
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      return Set.of();
    }
    Set<String> own = BundleReader.filesOf(target);
    try (Stream<Path> all = Files.walk(target)) {
      for (Path file : all.filter(f -> !f.equals(target)).sorted().toList()) {
        String path = target.relativize(file).toString();
        boolean known =
            Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)
                ? own.stream().anyMatch(o -> o.startsWith(path + "/"))
                : own.contains(path);
        if (!known) {
          throw new BundleException(
              file.toString(),
              "is not part of the bundle that is to be replaced",
              "move it away, or name another output");
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new BundleException(
          target.toString(), "cannot be read (" + e + ")", "name another output", e);
    }
    return own;
  }

  private static boolean isEmptyFolder(Path path) {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /// A folder cannot take the place of another in one step: the old one steps aside, and back when
  /// the new one cannot be moved.
  private static void replace(Path made, Path target, Path old) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
  }

  /// Removes a bundle that was replaced: its files, then the folders that are empty without them.
  private static void remove(Path old, Set<String> files) throws IOException {
    if (!Files.isDirectory(old, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(old);
      return;
    }
    Set<Path> folders = new TreeSet<>(Comparator.reverseOrder());
    folders.add(old);
    for (String path : files) {
      Path file = old.resolve(path);
      Files.deleteIfExists(file);
      for (Path at = file.getParent(); at != null && !at.equals(old); at = at.getParent()) {
        folders.add(at);
      }
    }
    for (Path folder : folders) {
      try {
        Files.deleteIfExists(folder);
      } catch (DirectoryNotEmptyException e) {
        throw new IOException("another program wrote into the old bundle, now at " + folder, e);
      }
    }
  }

  /// Every file but the manifest, by path.
  private static Map<String, Content> files(Bundle bundle, Path target) {
    Map<String, Content> contents = new TreeMap<>();
    contents.put(BundlePaths.GRAPH, text(bundle.graph()));
    contents.put(BundlePaths.PLAN, text(PlanFile.print(bundle.plan())));
    contents.put(BundlePaths.WEIGHTS, out -> Safetensors.write(bundle.weights(), out));
    for (KernelRecord kernel : bundle.kernels()) {
      String name = kernel.name();
      contents.put(BundlePaths.kernel(name, BundlePaths.KERNEL_SOURCE), text(kernel.source()));
      contents.put(BundlePaths.kernel(name, BundlePaths.KERNEL_PTX), text(kernel.ptx()));
      if (kernel.code().cubin().length > 0) {
        byte[] cubin = kernel.code().cubin();
        contents.put(BundlePaths.kernel(name, BundlePaths.KERNEL_CUBIN), out -> out.write(cubin));
      }
      contents.put(BundlePaths.kernel(name, BundlePaths.KERNEL_JSON), text(PlanFile.print(kernel)));
    }
    bundle.trace().forEach((name, text) -> contents.put(BundlePaths.TRACE + name, text(text)));
    for (String path : contents.keySet()) {
      if (!BundlePaths.isSafe(path)) {
        throw new BundleException(
            target.toString(), "'" + path + "' is no plain path", "rename it");
      }
    }
    return contents;
  }

  /// Size and hash of every file.
  private static List<ManifestFile.FileEntry> table(Map<String, Content> files) {
    List<ManifestFile.FileEntry> table = new ArrayList<>();
    for (var entry : files.entrySet()) {
      MessageDigest digest = Hashes.newSha256();
      Counter counter = new Counter();
      try {
        entry.getValue().writeTo(new DigestOutputStream(counter, digest));
      } catch (IOException e) {
        throw new UncheckedIOException("nothing is written to a disk here", e);
      }
      table.add(new ManifestFile.FileEntry(entry.getKey(), counter.bytes, Hashes.hex(digest)));
    }
    return List.copyOf(table);
  }

  private static Content text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return out -> out.write(bytes);
  }

  private static void writeFolder(Map<String, Content> files, Content manifest, Path folder)
      throws IOException {
    Files.createDirectory(folder);
    for (var entry : files.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      Path parent = file.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      writeFile(entry.getValue(), file);
    }
    writeFile(manifest, folder.resolve(ManifestFile.PATH));
  }

  private static void writeFile(Content content, Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      content.writeTo(out);
    }
  }

  private static void writeZip(Map<String, Content> files, Content manifest, Path file)
      throws IOException {
    Map<String, Content> contents = new TreeMap<>(files);
    contents.put(ManifestFile.PATH, manifest);
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      zip.setMethod(ZipOutputStream.STORED);
      for (var entry : contents.entrySet()) {
        CRC32 crc = new CRC32();
        Counter counter = new Counter();
        entry.getValue().writeTo(new CheckedOutputStream(counter, crc));
        ZipEntry head = new ZipEntry(entry.getKey());
        head.setTimeLocal(NO_TIME);
        head.setSize(counter.bytes);
        head.setCompressedSize(counter.bytes);
        head.setCrc(crc.getValue());
        zip.putNextEntry(head);
        entry.getValue().writeTo(new Unclosed(zip));
        zip.closeEntry();
      }
    }
  }

  /// Removes what was written beside the target and is not to be kept.
  private static void deleteOwn(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// Counts what is written to it.
  private static final class Counter extends OutputStream {
    long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte @Nullable [] from, int offset, int length) {
      bytes += length;
    }
  }

  /// Passes arrays on whole; [FilterOutputStream] would write them byte by byte.
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      out.write(from, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
