package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.BundlePaths;
import dev.tuckerc.bundle.BundleValidator;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.device.KernelCode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Reads bundles, and believes nothing: first the format version, then the hash and size of every
/// file, then that each part makes sense and fits the others. Only files that the manifest lists
/// are opened; others in the folder are left alone.
public final class BundleReader {
  private static final long MOST_TEXT_BYTES = 256L << 20;
  private static final int COPY_BYTES = 1 << 20;

  /// What to do with a `kernel.cu` that was changed since the bundle was written.
  public enum EditedKernels {
    /// Refuse the bundle, naming the kernel.
    REFUSE,
    /// Take it as it is and list it in [Bundle#editedKernels]; its PTX is stale.
    ACCEPT
  }

  private final BundleFiles files;
  private final Map<String, ManifestFile.FileEntry> table = new LinkedHashMap<>();
  private final Set<String> edited = new TreeSet<>();
  private final EditedKernels editedKernels;

  private BundleReader(BundleFiles files, EditedKernels editedKernels) {
    this.files = files;
    this.editedKernels = editedKernels;
  }

  /// Reads a bundle exactly as it was written.
  ///
  /// @param path a folder or a zip
  /// @throws BundleException for whatever is wrong with it
  public static Bundle read(Path path) {
    return read(path, EditedKernels.REFUSE);
  }

  /// Reads a bundle.
  ///
  /// @param path a folder or a zip
  /// @throws BundleException for whatever is wrong with it
  public static Bundle read(Path path, EditedKernels editedKernels) {
    try (BundleFiles files = BundleFiles.of(path)) {
      return new BundleReader(files, editedKernels).read();
    } catch (IOException e) {
      throw new BundleException(
          path.toString(), "cannot be read (" + e + ")", BundleException.REWRITE, e);
    }
  }

  /// Whether there is a bundle of any version at this path, sound or not: a folder or zip whose
  /// manifest says so.
  public static boolean isBundle(Path path) {
    try (BundleFiles files = BundleFiles.of(path)) {
      String text = new BundleReader(files, EditedKernels.REFUSE).manifestText();
      JsonView root = JsonView.parse(ManifestFile.PATH, text);
      return root.has("format") && root.text("format").equals(ManifestFile.FORMAT);
    } catch (BundleException | IOException e) {
      return false;
    }
  }

  /// The files of the bundle at a path, of any version, manifest included: what may be removed when
  /// another takes its place.
  ///
  /// @throws BundleException when the manifest does not say
  static Set<String> filesOf(Path path) {
    try (BundleFiles files = BundleFiles.of(path)) {
      String text = new BundleReader(files, EditedKernels.REFUSE).manifestText();
      JsonView root = JsonView.parse(files.describe(ManifestFile.PATH), text);
      Set<String> paths = new TreeSet<>(root.list("files", file -> file.text("path")));
      paths.add(ManifestFile.PATH);
      paths.removeIf(file -> !BundlePaths.isSafe(file));
      return paths;
    } catch (IOException e) {
      throw new BundleException(
          path.toString(), "cannot be read (" + e + ")", "name another output", e);
    }
  }

  private Bundle read() throws IOException {
    String manifestName = files.describe(ManifestFile.PATH);
    ManifestFile manifest = ManifestFile.parse(manifestName, manifestText());
    manifest.files().forEach(entry -> table.put(entry.path(), entry));
    // All sizes before the first byte: a truncated bundle is found at once.
    for (ManifestFile.FileEntry entry : table.values()) {
      checkSize(entry);
    }
    Set<String> unread = new TreeSet<>(table.keySet());
    String graph = text(BundlePaths.GRAPH, unread);
    String planText = text(BundlePaths.PLAN, unread);
    Map<String, HostTensor> weights = weights(unread);
    List<KernelRecord> kernels = kernels(manifest.manifest().target(), unread);
    Map<String, String> trace = new TreeMap<>();
    for (String path : List.copyOf(unread)) {
      if (path.startsWith(BundlePaths.TRACE)) {
        trace.put(path.substring(BundlePaths.TRACE.length()), text(path, unread));
      }
    }
    if (!unread.isEmpty()) {
      throw BundleException.damaged(manifestName, "lists a file of no known kind: " + unread);
    }
    String planName = files.describe(BundlePaths.PLAN);
    Plan plan = PlanFile.parsePlan(planName, planText);
    Bundle bundle = new Bundle(manifest.manifest(), graph, plan, kernels, weights, trace, edited);
    BundleValidator.validate(
        bundle, planName.substring(0, planName.length() - BundlePaths.PLAN.length()));
    return bundle;
  }

  private String manifestText() throws IOException {
    String name = files.describe(ManifestFile.PATH);
    long size;
    try {
      size = files.size(ManifestFile.PATH);
    } catch (BundleException e) {
      throw new BundleException(
          name,
          "is missing or no plain file, so this is no tuckerc bundle",
          "name a bundle written by tuckerc compile",
          e);
    }
    return Texts.decode(name, bytes(ManifestFile.PATH, size));
  }

  private void checkSize(ManifestFile.FileEntry entry) {
    long actual = files.size(entry.path());
    // A changed size of a source is reported as an edit, when its turn to be read comes.
    if (actual != entry.bytes() && !isKernelSource(entry.path())) {
      throw BundleException.damaged(
          files.describe(entry.path()), "has " + actual + " bytes, not " + entry.bytes());
    }
  }

  private static boolean isKernelSource(String path) {
    return path.startsWith(BundlePaths.KERNELS) && path.endsWith("/" + BundlePaths.KERNEL_SOURCE);
  }

  private List<KernelRecord> kernels(String target, Set<String> unread) throws IOException {
    List<KernelRecord> kernels = new ArrayList<>();
    for (String path : List.copyOf(unread)) {
      if (!isKernelSource(path)) {
        continue;
      }
      String[] components = path.split("/", -1);
      if (components.length != 3) {
        continue;
      }
      String name = components[1];
      String source = text(path, unread);
      String ptx = text(BundlePaths.kernel(name, BundlePaths.KERNEL_PTX), unread);
      String cubinPath = BundlePaths.kernel(name, BundlePaths.KERNEL_CUBIN);
      KernelCode code =
          table.containsKey(cubinPath)
              ? new KernelCode(ptx, target, content(cubinPath, unread))
              : KernelCode.ofPtx(ptx);
      String jsonPath = BundlePaths.kernel(name, BundlePaths.KERNEL_JSON);
      kernels.add(
          PlanFile.parseKernel(
              files.describe(jsonPath), name, text(jsonPath, unread), source, code));
    }
    return kernels;
  }

  private Map<String, HostTensor> weights(Set<String> unread) throws IOException {
    ManifestFile.FileEntry entry = entry(BundlePaths.WEIGHTS);
    unread.remove(BundlePaths.WEIGHTS);
    String name = files.describe(BundlePaths.WEIGHTS);
    MemorySegment content = allocate(name, entry.bytes());
    MessageDigest digest = Hashes.newSha256();
    byte[] chunk = new byte[COPY_BYTES];
    long at = 0;
    try (InputStream in = files.open(BundlePaths.WEIGHTS)) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (n > entry.bytes() - at) {
          throw BundleException.damaged(name, "has more than " + entry.bytes() + " bytes");
        }
        digest.update(chunk, 0, n);
        MemorySegment.copy(chunk, 0, content, ValueLayout.JAVA_BYTE, at, n);
        at += n;
      }
    }
    if (at != entry.bytes() || !Hashes.hex(digest).equals(entry.sha256())) {
      throw BundleException.damaged(name, "the content does not match its hash");
    }
    return Safetensors.read(name, content.asReadOnly());
  }

  /// Freed when the last tensor is no longer referenced.
  private static MemorySegment allocate(String name, long bytes) {
    try {
      return Arena.ofAuto().allocate(Math.max(1, bytes), 64).asSlice(0, bytes);
    } catch (OutOfMemoryError e) {
      throw new BundleException(
          name,
          "there is no memory for " + bytes + " bytes",
          "allow Java more memory (-Xmx, -XX:MaxDirectMemorySize)",
          e);
    }
  }

  private String text(String path, Set<String> unread) throws IOException {
    return Texts.decode(files.describe(path), content(path, unread));
  }

  private byte[] content(String path, Set<String> unread) throws IOException {
    ManifestFile.FileEntry entry = entry(path);
    unread.remove(path);
    String name = files.describe(path);
    byte[] bytes = bytes(path, files.size(path));
    if (!Hashes.sha256(bytes).equals(entry.sha256())) {
      if (!isKernelSource(path)) {
        throw BundleException.damaged(name, "the content does not match its hash");
      }
      switch (editedKernels) {
        case REFUSE ->
            throw new BundleException(
                name,
                "was changed since the bundle was written",
                "run with --recompile to compile it, or put the original back");
        case ACCEPT -> edited.add(path.split("/", -1)[1]);
      }
    }
    return bytes;
  }

  private ManifestFile.FileEntry entry(String path) {
    ManifestFile.FileEntry entry = table.get(path);
    if (entry == null) {
      throw BundleException.damaged(
          files.describe(ManifestFile.PATH), "does not list the file " + path);
    }
    return entry;
  }

  private byte[] bytes(String path, long size) throws IOException {
    if (size > MOST_TEXT_BYTES) {
      throw BundleException.damaged(
          files.describe(path), size + " bytes are too many for this file");
    }
    try (InputStream in = files.open(path)) {
      return in.readNBytes((int) size);
    }
  }
}
