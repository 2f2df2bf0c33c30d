package dev.tuckerc.codegen;

import dev.tuckerc.ir.Node;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/// Stable names of kernels: the first node's, and the start of the text's hash.
final class KernelName {
  private static final int NAME_LENGTH = 40;
  private static final int HASH_DIGITS = 4;

  private KernelName() {}

  /// A name that no other kernel has.
  ///
  /// @param node the first that the kernel computes
  /// @param text what tells the kernel from all others
  /// @param used names of other kernels; the new one is added
  static String of(Node node, String text, Set<String> used) {
    String origin = node.location().name();
    String base =
        (origin.isEmpty() ? node.op().name() : origin)
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "_")
            .replaceAll("^_+|_+$", "");
    if (base.isEmpty() || Character.isDigit(base.charAt(0))) {
      base = node.op().name() + "_" + base;
    }
    if (base.length() > NAME_LENGTH) {
      // The end of a long path tells nodes apart better than its start.
      base = node.op().name() + "_" + base.substring(base.length() - NAME_LENGTH);
    }
    String hash = hash(text);
    int digits = HASH_DIGITS;
    String name = base + "_" + hash.substring(0, digits);
    while (!used.add(name)) {
      digits += HASH_DIGITS;
      name = base + "_" + hash.substring(0, digits);
    }
    return name;
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
