package dev.tuckerc.bundle;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// What kernels ask of a launch, by their PTX and entry points, to be asked again by a later
/// process: to parse the PTX of a network takes longer than all else that is checked of a bundle.
///
/// An interface is a pure function of the PTX and of the classes that read it; whoever keeps these
/// bytes must not give them to another build of those. Thread-safe.
public final class KernelInterfaces {
  /// Most interfaces that are written: some hundred kilobytes. Beyond it those that this process
  /// did not ask for are left out.
  private static final int MOST = 4_000;

  private static final int HASH_BYTES = 32;

  private final Map<String, KernelInterface> known = new ConcurrentHashMap<>();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final int before;

  /// Nothing is known.
  public KernelInterfaces() {
    this.before = 0;
  }

  private KernelInterfaces(Map<String, KernelInterface> known) {
    this.known.putAll(known);
    this.before = known.size();
  }

  /// What [#encode] wrote.
  ///
  /// @return empty when the bytes are not such
  public static Optional<KernelInterfaces> decode(byte[] bytes) {
    Map<String, KernelInterface> known = new TreeMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      for (int left = in.readInt(); left > 0; left--) {
        byte[] hash = new byte[HASH_BYTES];
        in.readFully(hash);
        boolean waits = in.readBoolean();
        List<Integer> alignments = new ArrayList<>();
        for (int parameters = in.readInt(); parameters > 0; parameters--) {
          alignments.add(in.readInt());
        }
        known.put(
            HexFormat.of().formatHex(hash), new KernelInterface(List.copyOf(alignments), waits));
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(new KernelInterfaces(known));
  }

  /// All interfaces, in an order that does not depend on that of the questions.
  public byte[] encode() {
    Map<String, KernelInterface> kept = new TreeMap<>(known);
    if (kept.size() > MOST) {
      kept.keySet().retainAll(asked);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(kept.size());
      for (Map.Entry<String, KernelInterface> entry : kept.entrySet()) {
        out.write(HexFormat.of().parseHex(entry.getKey()));
        out.writeBoolean(entry.getValue().waits());
        out.writeInt(entry.getValue().alignments().size());
        for (int alignment : entry.getValue().alignments()) {
          out.writeInt(alignment);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot be written", e);
    }
    return bytes.toByteArray();
  }

  /// Whether there are interfaces that were not decoded but found in PTX.
  public boolean grown() {
    return known.size() > before;
  }

  /// As [KernelInterface#of].
  KernelInterface of(String file, KernelRecord kernel) {
    String key = hash(kernel);
    asked.add(key);
    KernelInterface found = known.get(key);
    if (found == null) {
      found = KernelInterface.of(file, kernel);
      known.put(key, found);
    }
    return found;
  }

  private static String hash(KernelRecord kernel) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update((kernel.entryPoint() + "\n").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest(kernel.ptx().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
