package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.CompiledKernel.Resources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A compiled kernel as bytes: PTX, CUBIN, log and resources, each text and array preceded by its
/// length.
final class KernelCacheEntry {
  private KernelCacheEntry() {}

  /// SHA-256 over texts, each preceded by its length so that no two lists collide; hexadecimal.
  static String hash(Iterable<String> parts) {
    MessageDigest digest = DiskCache.sha256();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static byte[] encode(CompiledKernel kernel) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(content)) {
      writeText(out, kernel.ptx());
      writeBytes(out, kernel.cubin());
      writeText(out, kernel.log());
      out.writeInt(kernel.resources().size());
      for (var entry : new TreeMap<>(kernel.resources()).entrySet()) {
        Resources r = entry.getValue();
        writeText(out, entry.getKey());
        out.writeInt(r.registers());
        out.writeInt(r.sharedBytes());
        out.writeInt(r.spillStoreBytes());
        out.writeInt(r.spillLoadBytes());
        out.writeInt(r.stackBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return content.toByteArray();
  }

  /// The kernel, or empty when the bytes are none.
  static Optional<CompiledKernel> decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String ptx = readText(in);
      byte[] cubin = readBytes(in);
      String log = readText(in);
      Map<String, Resources> resources = new TreeMap<>();
      for (int i = in.readInt(); i > 0; i--) {
        resources.put(
            readText(in),
            new Resources(in.readInt(), in.readInt(), in.readInt(), in.readInt(), in.readInt()));
      }
      return Optional.of(
          new CompiledKernel(ptx, cubin, Collections.unmodifiableMap(resources), log));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("length " + length + " outside the entry");
    }
    return in.readNBytes(length);
  }
}
