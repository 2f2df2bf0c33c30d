package dev.tuckerc.bundle.file;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.BundlePaths;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.JsonText;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.TensorSignature;
import java.util.ArrayList;
import java.util.List;

/// `manifest.json`: the manifest, the table of the bundle's other files, and a hash over itself.
///
/// @param files every other file, sorted by path
record ManifestFile(Manifest manifest, List<FileEntry> files) {
  static final String PATH = "manifest.json";
  static final String FORMAT = "tuckerc bundle";

  /// Stands where the file's own hash goes while that hash is computed.
  private static final String NO_HASH = "0".repeat(64);

  /// A file of the bundle.
  record FileEntry(String path, long bytes, String sha256) {}

  /// The text of the file.
  String print() {
    ObjectNode root = JsonText.object();
    root.put("format", FORMAT);
    root.put("version", Manifest.FORMAT_VERSION);
    root.put("producer", manifest.producer());
    root.put("target", manifest.target());
    ObjectNode source = root.putObject("source");
    source.put("name", manifest.sourceName());
    source.put("sha256", manifest.sourceHash());
    manifest.command().forEach(root.putArray("command")::add);
    ObjectNode entry = root.putObject("entryPoint");
    entry.put("name", manifest.entryPoint().name());
    print(manifest.entryPoint().inputs(), entry.putArray("inputs"));
    print(manifest.entryPoint().outputs(), entry.putArray("outputs"));
    ArrayNode table = root.putArray("files");
    for (FileEntry file : files) {
      ObjectNode node = table.addObject();
      node.put("path", file.path());
      node.put("bytes", file.bytes());
      node.put("sha256", file.sha256());
    }
    root.put("sha256", NO_HASH);
    String text = JsonText.print(root);
    return withHash(text, Hashes.sha256(text));
  }

  private static void print(List<TensorSignature> signatures, ArrayNode list) {
    for (TensorSignature signature : signatures) {
      ObjectNode node = list.addObject();
      node.put("name", signature.name());
      node.put("type", signature.type().name());
      signature.shape().forEach(node.putArray("shape")::add);
    }
  }

  /// The own hash is the last text of the file.
  private static String withHash(String text, String hash) {
    int end = text.lastIndexOf('"');
    return text.substring(0, end - hash.length()) + hash + text.substring(end);
  }

  /// Checks the version first, then everything else.
  ///
  /// @param file its name for messages
  static ManifestFile parse(String file, String text) {
    JsonView root = JsonView.parse(file, text);
    if (!root.has("format") || !root.text("format").equals(FORMAT)) {
      throw new BundleException(
          file, "this is no tuckerc bundle", "name a bundle written by tuckerc compile");
    }
    long version = root.number("version");
    if (version != Manifest.FORMAT_VERSION) {
      throw new BundleException(
          file,
          "format version " + version + " is not " + Manifest.FORMAT_VERSION,
          version > Manifest.FORMAT_VERSION
              ? "update tuckerc, or write the bundle with this version"
              : BundleException.REWRITE);
    }
    root.requireFields(
        "format",
        "version",
        "producer",
        "target",
        "source",
        "command",
        "entryPoint",
        "files",
        "sha256");
    String hash = root.text("sha256");
    if (!Manifest.SHA256.matcher(hash).matches()
        || !text.endsWith(hash + "\"\n}\n")
        || !Hashes.sha256(withHash(text, NO_HASH)).equals(hash)) {
      throw BundleException.damaged(file, "the content does not match its hash");
    }
    JsonView source = root.field("source").requireFields("name", "sha256");
    JsonView entry = root.field("entryPoint").requireFields("name", "inputs", "outputs");
    Manifest manifest =
        root.build(() ->
            new Manifest(
                root.text("producer"),
                root.text("target"),
                source.text("name"),
                source.text("sha256"),
                root.list("command", JsonView::text),
                new EntryPoint(
                    entry.text("name"),
                    entry.list("inputs", ManifestFile::signature),
                    entry.list("outputs", ManifestFile::signature))));
    List<FileEntry> files = new ArrayList<>();
    String before = "";
    for (JsonView item : root.field("files").items()) {
      FileEntry next = fileEntry(item);
      if (next.path().compareTo(before) <= 0) {
        throw item.wrong("is listed twice or out of order");
      }
      before = next.path();
      files.add(next);
    }
    return new ManifestFile(manifest, List.copyOf(files));
  }

  private static TensorSignature signature(JsonView view) {
    view.requireFields("name", "type", "shape");
    return view.build(() ->
        new TensorSignature(
            view.text("name"),
            ElementTypes.parse(view.field("type")),
            view.list("shape", JsonView::number)));
  }

  private static FileEntry fileEntry(JsonView view) {
    view.requireFields("path", "bytes", "sha256");
    FileEntry entry = new FileEntry(view.text("path"), view.number("bytes"), view.text("sha256"));
    if (!BundlePaths.isSafe(entry.path())) {
      throw view.wrong("names a path that leaves the bundle or is not plain");
    }
    if (entry.bytes() < 0 || !Manifest.SHA256.matcher(entry.sha256()).matches()) {
      throw view.wrong("has no sound size and hash");
    }
    return entry;
  }
}
