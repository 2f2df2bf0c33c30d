package dev.tuckerc.transform.layer;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.FactorizationBytes;
import dev.tuckerc.linalg.FactorizationStore;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What was computed of weights before, found by the hash of the weight and of what was asked for.
///
/// @param store empty where nothing is kept
/// @param hashes of the stored weights that were asked about, each made once
public record KnownWeights(Optional<FactorizationStore> store, Map<Tensor, String> hashes) {
  /// To be raised whenever the same question gets another answer.
  private static final String VERSION = "5";

  public static KnownWeights of(PassContext context) {
    return context
        .report(KnownWeights.class)
        .orElseGet(() -> {
          KnownWeights known =
              new KnownWeights(context.find(FactorizationStore.class), new ConcurrentHashMap<>());
          context.publish(KnownWeights.class, known);
          return known;
        });
  }

  /// The factors of a layer in a form, in the type of its weight.
  public Factorization factors(Layer layer, LayerForm form, Supplier<Factorization> make) {
    if (store.isEmpty()) {
      return make.get();
    }
    String key = key(layer, form.name() + " " + form.choice());
    Optional<byte[]> known = store.get().find(key);
    if (known.isPresent()) {
      return FactorizationBytes.decode(known.get());
    }
    Factorization made = make.get();
    store.get().keep(key, FactorizationBytes.encode(made));
    return made;
  }

  /// Numbers that describe a layer's weight.
  ///
  /// @param name of what they are
  public double[] numbers(Layer layer, String name, Supplier<double[]> make) {
    if (store.isEmpty()) {
      return make.get();
    }
    String key = key(layer, name);
    Optional<byte[]> known = store.get().find(key);
    if (known.isPresent()) {
      double[] numbers = new double[known.get().length / Double.BYTES];
      ByteBuffer.wrap(known.get()).asDoubleBuffer().get(numbers);
      return numbers;
    }
    double[] made = make.get();
    ByteBuffer bytes = ByteBuffer.allocate(made.length * Double.BYTES);
    bytes.asDoubleBuffer().put(made);
    store.get().keep(key, bytes.array());
    return made;
  }

  private String key(Layer layer, String question) {
    LayerWeight weight = layer.data().orElseThrow();
    String asked =
        String.join(
            "\n",
            VERSION,
            question,
            "" + layer.groups(),
            weight.type() + "",
            weight.shape() + "",
            weight.turned() + "",
            hashes.computeIfAbsent(weight.stored(), KnownWeights::hash));
    MessageDigest digest = sha256();
    digest.update(asked.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String hash(Tensor weight) {
    MessageDigest digest = sha256();
    byte[] block = new byte[1 << 16];
    long size = weight.data().byteSize();
    for (long at = 0; at < size; at += block.length) {
      int length = (int) Math.min(block.length, size - at);
      MemorySegment.copy(weight.data(), ValueLayout.JAVA_BYTE, at, block, 0, length);
      digest.update(block, 0, length);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
